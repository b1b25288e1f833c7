const { get } = require('../../utils/api')
const { load } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, region: '', lines: [] },

  onLoad() {
    this.reload()
  },

  onShow() {
    dress(this)
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => {
      const rules = await get('/api/local-rules')
      return { region: rules.region, lines: rules.lines }
    })
  },
})
