const { get, post } = require('../../utils/api')
const { asCard } = require('../../utils/agreements')
const { addDays, longDay, sameTerm, selfPay } = require('../../utils/days')
const { load, once } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const { signing } = require('../../utils/signing')
const subscribe = require('../../utils/subscribe')

/**
 * The text and dates of the next term. It follows the running one without a gap; the preview is dated as a new
 * request of today, so its length is taken over and not its days. A team that is full for newcomers still renews:
 * then there is no preview and only the first day is known.
 * @param {any} card
 */
async function nextTerm(card) {
  const follows = addDays(card.end_on, 1)
  try {
    const preview = await post('/api/agreements/preview', { team_id: card.team.id, package_id: card.package.id })
    const start = follows > preview.start_on ? follows : preview.start_on
    return { ...preview, start_on: start, end_on: sameTerm(preview.start_on, preview.end_on, start) }
  } catch (problem) {
    if (![404, 409].includes(problem.status) || problem.code === 'identity_needed') throw problem
    return { start_on: follows, end_on: null, paragraphs: [], self_pay_fen: null }
  }
}

/** @param {any} term */
function facts(term) {
  const from = longDay(term.start_on)
  const rows = [{ label: '新服务期', value: term.end_on ? `${from} 至 ${longDay(term.end_on)}` : `${from} 起` }]
  if (term.self_pay_fen !== null) rows.push({ label: '费用', value: selfPay(term.self_pay_fen) })
  return rows
}

Page({
  ...shared,
  ...signing,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    id: '', card: null, preview: null, facts: [], showText: false, done: null,
    needsSignature: false, written: false,
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
    this.reload()
    subscribe.prefetch('signing')
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const card = asCard(await get('/api/agreements/' + this.data.id))
      if (!card.can_renew) return { card, preview: null }
      const preview = await nextTerm(card)
      return { card, preview, facts: facts(preview) }
    })
  },

  toggleText() {
    this.setData({ showText: !this.data.showText })
  },

  confirmRenew() {
    const { needsSignature } = this.data
    if (needsSignature && !this.isSigned()) return undefined
    const asked = subscribe.ask('signing')
    return once(this, async () => {
      await asked
      const done = await this.renew(needsSignature ? { signature: this.signature.picture() } : {})
      if (!done) return
      wx.setNavigationBarTitle({ title: '续签已提交' })
      this.setData({ done: asCard(done) })
      wx.pageScrollTo({ scrollTop: 0, duration: 0 })
    })
  },

  /**
   * Some regions want a new signature: the server says so, and only then the box is shown.
   * @param {{ signature?: string }} body
   */
  async renew(body) {
    try {
      return await post(`/api/agreements/${this.data.id}/renew`, body)
    } catch (problem) {
      if (problem.code !== 'signature_invalid' || body.signature) throw problem
      this.setData({ needsSignature: true })
      this.prepareSignature()
      return null
    }
  },

  goAgreement() {
    wx.redirectTo({ url: '/pages/agreement/detail?id=' + (this.data.done || this.data.card).id })
  },

  goTeams() {
    open('/pages/teams/list')
  },
})
