const { get, post } = require('../../utils/api')
const { asCard } = require('../../utils/agreements')
const { longDay, selfPay } = require('../../utils/days')
const { load, once } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const { signing } = require('../../utils/signing')
const subscribe = require('../../utils/subscribe')

/** @param {any} offer a RenewalOffer */
function facts(offer) {
  return [
    { label: '新服务期', value: `${longDay(offer.start_on)} 至 ${longDay(offer.end_on)}` },
    { label: '费用', value: selfPay(offer.self_pay_fen) },
  ]
}

Page({
  ...shared,
  ...signing,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    id: '', card: null, preview: null, facts: [], showText: false, done: null, written: false,
  },
  /** @type {any} what is chosen; empty: as before */
  choice: {},

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
    this.reload()
    subscribe.prefetch('signing')
  },

  onShow() {
    dress(this)
  },

  async reload() {
    await load(this, async () => {
      const card = asCard(await get('/api/agreements/' + this.data.id))
      if (card.can_confirm) wx.redirectTo({ url: '/pages/renew/confirm?id=' + card.id })
      if (!card.can_renew) return { card, preview: null }
      const preview = await post(`/api/agreements/${this.data.id}/renewal`, this.choice)
      return { card, preview, facts: facts(preview), written: false }
    })
    // Some regions want a new signature; the box exists only after its part of the page is on the screen.
    if (this.data.preview && this.data.preview.needs_signature) this.prepareSignature()
  },

  /** @param {any} e */
  pickTerm(e) {
    const term = this.data.preview.terms.find((/** @type {any} */ item) => item.months === e.currentTarget.dataset.months)
    this.choice = { term_months: term.months, is_extended: term.needs_extension }
    return once(this, () => this.reload())
  },

  toggleText() {
    this.setData({ showText: !this.data.showText })
  },

  confirmRenew() {
    const { preview } = this.data
    if (preview.needs_signature && !this.isSigned()) return undefined
    const asked = subscribe.ask('signing')
    return once(this, async () => {
      await asked
      const signed = preview.needs_signature ? { signature: this.signature.picture() } : {}
      const done = await post(`/api/agreements/${this.data.id}/renew`, {
        ...this.choice,
        ...signed,
        text_sha256: preview.text_sha256,
      })
      wx.setNavigationBarTitle({ title: '续签已提交' })
      this.setData({ done: asCard(done) })
      wx.pageScrollTo({ scrollTop: 0, duration: 0 })
    })
  },

  /** All formalities again, with the same team and service. */
  signAnew() {
    const { preview } = this.data
    open(`/pages/sign/sign?team=${preview.team.id}&package=${preview.package.id}`)
  },

  goAgreement() {
    wx.redirectTo({ url: '/pages/agreement/detail?id=' + (this.data.done || this.data.card).id })
  },

  goTeams() {
    open('/pages/teams/list')
  },
})
