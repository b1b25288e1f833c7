const { get, post } = require('../../utils/api')
const { asCard } = require('../../utils/agreements')
const { addDays, longDay, yuan } = require('../../utils/days')
const { load, once } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const subscribe = require('../../utils/subscribe')

/**
 * The text and dates of the next term. A team that is full for newcomers still renews:
 * then there is no preview, and the next term simply follows this one.
 * @param {any} card
 */
async function nextTerm(card) {
  try {
    return await post('/api/agreements/preview', { team_id: card.team.id, package_id: card.package.id })
  } catch (problem) {
    if (problem.status !== 409) throw problem
    return { start_on: addDays(card.end_on, 1), end_on: null, paragraphs: [], self_pay_fen: null }
  }
}

/** @param {any} preview */
function facts(preview) {
  const from = longDay(preview.start_on)
  const rows = [{ label: '新服务期', value: preview.end_on ? `${from} 至 ${longDay(preview.end_on)}` : `${from} 起` }]
  if (preview.self_pay_fen !== null) rows.push({ label: '自己付', value: yuan(preview.self_pay_fen) })
  return rows
}

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    id: '', card: null, preview: null, facts: [], showText: false, done: null,
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
    const asked = subscribe.ask('signing')
    return once(this, async () => {
      await asked
      const done = asCard(await post(`/api/agreements/${this.data.id}/renew`))
      wx.setNavigationBarTitle({ title: '续签已提交' })
      this.setData({ done })
      wx.pageScrollTo({ scrollTop: 0, duration: 0 })
    })
  },

  goAgreement() {
    wx.redirectTo({ url: '/pages/agreement/detail?id=' + (this.data.done || this.data.card).id })
  },

  goTeams() {
    open('/pages/teams/list')
  },
})
