const { get, post } = require('../../utils/api')
const { asCard } = require('../../utils/agreements')
const { longDay } = require('../../utils/days')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, call, shared } = require('../../utils/page')
const { signing } = require('../../utils/signing')
const subscribe = require('../../utils/subscribe')

Page({
  ...shared,
  ...signing,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    id: '', base: '', isWard: false, card: null, options: null, reason: null, note: '', written: false, done: null, decideBy: '',
  },

  /** @param {any} query */
  onLoad(query) {
    // A guardian ends his ward's agreement on the same page.
    const isWard = query.ward === '1'
    this.setData({ id: query.id, isWard, base: isWard ? '/api/family/wards/' + query.id : '/api/agreements/' + query.id })
    this.reload().then(() => this.preset(query.reason))
    subscribe.prefetch('signing')
  },

  onShow() {
    dress(this)
  },

  reload() {
    const path = this.data.base
    return load(this, async () => ({ card: asCard(await get(path)), options: await get(path + '/termination') }))
  },

  /** A reason that was chosen in the chat. @param {string} [code] */
  preset(code) {
    const reasons = this.data.options ? this.data.options.reasons : []
    const isKnown = reasons.some((/** @type {any} */ item) => item.code === code)
    if (code && isKnown) this.pickReason({ currentTarget: { dataset: { code } } })
  },

  /** @param {any} e */
  pickReason(e) {
    const reason = this.data.options.reasons.find((/** @type {any} */ item) => item.code === e.currentTarget.dataset.code)
    const wasShown = this.data.reason && this.data.reason.allowed
    this.setData({ reason, notice: '' })
    // The box exists only below a reason that is accepted.
    if (reason.allowed && !wasShown) {
      this.setData({ written: false })
      this.prepareSignature()
    }
  },

  /** @param {any} e */
  onNote(e) {
    this.setData({ note: e.detail.value })
  },

  complain() {
    call(this.data.options.complaint_phone)
  },

  callTeam() {
    call(this.data.card.team.phone)
  },

  async submit() {
    const { reason, note } = this.data
    if (!reason) return say('请先选一个原因')
    if (!this.isSigned()) return undefined
    // The dialog must open straight from this tap, before any other work.
    const asked = subscribe.ask('signing')
    await asked
    const sure = await confirm('申请解约', '同意后，预约、随访和提醒会一并取消。确定申请吗？', '申请')
    if (!sure) return undefined
    return once(this, async () => {
      const done = await post(this.data.base + '/termination', {
        reason_code: reason.code,
        note: note.trim(),
        signature: this.signature.picture(),
      })
      wx.setNavigationBarTitle({ title: '申请已提交' })
      this.setData({ done, decideBy: longDay(done.decide_by_on), notice: '' })
      wx.pageScrollTo({ scrollTop: 0, duration: 0 })
    })
  },

  goAgreement() {
    const there = this.data.isWard ? '/pages/family/agreements' : '/pages/agreement/detail?id=' + this.data.id
    wx.navigateBack({ fail: () => wx.redirectTo({ url: there }) })
  },
})
