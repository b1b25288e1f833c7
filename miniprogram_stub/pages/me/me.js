const { fetchMe, post } = require('../../utils/api')
const { confirm, load, once } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const session = require('../../utils/session')
const storage = require('../../utils/storage')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, me: null },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ me: await fetchMe() }))
  },

  /** @param {any} e */
  go(e) {
    open(e.currentTarget.dataset.url)
  },

  /** @param {any} e */
  onBig(e) {
    storage.setBigLetters(e.detail.value)
    this.setData({ big: e.detail.value })
  },

  async logout() {
    const sure = await confirm('退出登录', '退出后，打开小程序会重新登录。', '退出')
    if (!sure) return
    await once(this, async () => {
      await post('/api/logout')
      session.forget()
      wx.reLaunch({ url: '/pages/index/index' })
    })
  },
})
