const { get, post } = require('../../utils/api')
const { longDay } = require('../../utils/days')
const { load, once, say } = require('../../utils/feedback')
const { dress, call, open, shared } = require('../../utils/page')
const { asCard, asFee, asItem, asService } = require('../../utils/rights')

const REASONS = ['那天没有做', '次数不对', '日期不对', '其他']

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    rights: null, items: [], waiting: [], fee: [], card: null,
    reasons: REASONS, disputing: null, reason: '', note: '',
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => {
      const rights = await get('/api/rights')
      return {
        rights,
        items: rights.items.map(asItem),
        waiting: rights.waiting.map(asService),
        fee: asFee(rights.fee),
        card: rights.card && asCard(rights.card),
      }
    })
  },

  goTeams() {
    open('/pages/teams/list')
  },

  goCard() {
    open('/pages/card/card')
  },

  /** @param {any} e */
  go(e) {
    open(e.currentTarget.dataset.url)
  },

  callTeam() {
    call(this.data.rights.agreement.phone)
  },

  /** @param {any} e */
  confirmService(e) {
    return once(this, async () => {
      await post(`/api/services/${e.currentTarget.dataset.id}/confirm`)
      say('谢谢，已确认')
      await this.reload()
    })
  },

  /** @param {any} e */
  startDisputing(e) {
    const disputing = this.data.waiting.find((/** @type {any} */ item) => item.id === e.currentTarget.dataset.id)
    this.setData({ disputing, reason: '', note: '' })
  },

  stopDisputing() {
    if (!this.data.busy) this.setData({ disputing: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e */
  pickReason(e) {
    this.setData({ reason: e.currentTarget.dataset.reason })
  },

  /** @param {any} e */
  onNote(e) {
    this.setData({ note: e.detail.value })
  },

  dispute() {
    const { disputing, reason, note } = this.data
    if (!reason) return say('请先选一个原因')
    return once(this, async () => {
      const text = note.trim() ? `${reason}：${note.trim()}` : reason
      const answer = await post(`/api/services/${disputing.id}/dispute`, { reason: text })
      this.setData({ disputing: null })
      say(`已提交，${longDay(answer.answer_by_on)}前答复您`)
      await this.reload()
    })
  },

  /** @param {any} e */
  declare(e) {
    return once(this, async () => {
      await post('/api/me/insurance', { insurance: e.currentTarget.dataset.key })
      say('已记下，以后签约按它分担')
      await this.reload()
    })
  },
})
