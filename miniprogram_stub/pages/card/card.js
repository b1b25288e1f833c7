const { get } = require('../../utils/api')
const { load } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { asCard, asEntry } = require('../../utils/rights')

const PAGES = 5

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, card: null, rows: [] },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => {
      let answer = await get('/api/health-card')
      const card = asCard(answer.card)
      let rows = answer.items
      for (let page = 1; page < PAGES && answer.next; page += 1) {
        answer = await get('/api/health-card?cursor=' + encodeURIComponent(answer.next))
        rows = rows.concat(answer.items)
      }
      return { card, rows: rows.map(asEntry) }
    })
  },
})
