const { listAll } = require('../../utils/api')
const { asCard } = require('../../utils/agreements')
const { load } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

/** States in which somebody is served: he has a handbook. */
const SERVED = ['active', 'auto_renewed_unconfirmed', 'termination_requested', 'change_requested']

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, cards: [], informed: false, served: false },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => {
      const cards = (await listAll('/api/agreements')).map(asCard)
      const informed = (await listAll('/api/informed-notices', 1)).length > 0
      return { cards, informed, served: cards.some((/** @type {any} */ card) => SERVED.includes(card.status)) }
    })
  },

  /** @param {any} e */
  openAgreement(e) {
    open('/pages/agreement/detail?id=' + e.currentTarget.dataset.id)
  },

  goHandbook() {
    open('/pages/handbook/handbook')
  },

  goNotices() {
    open('/pages/notice/list')
  },

  goTeams() {
    open('/pages/teams/list')
  },
})
