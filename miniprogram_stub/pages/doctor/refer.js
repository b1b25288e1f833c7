const { get, post } = require('../../utils/api')
const { dayAndTime, today } = require('../../utils/days')
const { load, once, say } = require('../../utils/feedback')
const { clientId, dress, open, shared } = require('../../utils/page')
const prefill = require('../../utils/prefill')
const { momentOf } = require('../../utils/referrals')
const { signing } = require('../../utils/signing')

const WHYS = ['本地只有这家有这个专科', '离居民最近', '居民正在该院治疗']

/** @param {any} slot a Slot */
const asSlot = (slot) => ({
  ...slot,
  line: `${dayAndTime(slot.starts_at)}　${slot.department} ${slot.specialist.name}`,
  left: `余 ${slot.places_left}`,
})

Page({
  ...shared,
  ...signing,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, client: '', id: '', options: null, whys: WHYS,
    target: null, slots: [], slotId: '', reason: '', proper: true, summary: '', urgent: false, why: '', written: false, isSigning: false,
    done: null, isEmergency: false, hospital: '', day: '', time: '', diagnosis: '', caller: '', phone: '', lastDay: '',
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id, client: clientId(), day: today(), lastDay: today(), summary: prefill.take() })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => ({ options: await get(`/api/doctor/residents/${this.data.id}/referral`) }))
  },

  /** @param {any} e */
  async pickTarget(e) {
    const target = this.data.options.targets.find((/** @type {any} */ one) => one.id === e.currentTarget.dataset.id)
    this.setData({ target, slots: [], slotId: '', isSigning: false })
    await once(this, async () => {
      const found = await get('/api/doctor/referral-slots?hospital_id=' + target.id)
      this.setData({ slots: found.items.filter((/** @type {any} */ one) => one.bookable).slice(0, 8).map(asSlot) })
    })
  },

  /** @param {any} e */
  pickSlot(e) {
    const { id } = e.currentTarget.dataset
    this.setData({ slotId: id === this.data.slotId ? '' : id })
  },

  /** @param {any} e */
  pickReason(e) {
    const { code } = e.currentTarget.dataset
    const chosen = this.data.options.reasons.find((/** @type {any} */ one) => one.code === code)
    this.setData({ reason: code, proper: chosen.proper, urgent: code === 'emergency' ? true : this.data.urgent })
  },

  /** @param {any} e */
  pickWhy(e) {
    this.setData({ why: e.currentTarget.dataset.text })
  },

  /** @param {any} e */
  onField(e) {
    this.setData({ [e.currentTarget.dataset.field]: e.detail.value })
  },

  toggleUrgent() {
    this.setData({ urgent: !this.data.urgent })
  },

  /** @returns {string} what is still missing */
  findProblem() {
    const { target, reason, summary, why } = this.data
    if (!target) return '请选医院'
    if (!reason) return '请选转诊原因'
    if (!summary.trim()) return '请写病情摘要'
    if (!target.in_combination && !why.trim()) return '请写明为什么转到这家医院'
    return ''
  },

  startSigning() {
    const wrong = this.findProblem()
    if (wrong) return say(wrong)
    this.setData({ isSigning: true, written: false })
    return this.prepareSignature()
  },

  sendSigned() {
    if (!this.isSigned()) return undefined
    return this.send({ method: 'signature', proof: this.signature.picture() })
  },

  sendVerbal() {
    return this.send({ method: 'verbal', proof: '居民口头同意，开单医生在场' })
  },

  sendToPatient() {
    return this.send(null)
  },

  /** @param {any} consent @returns {any} what goes to the server */
  reportOf(consent) {
    const { client, target, reason, summary, urgent, why, slotId } = this.data
    return {
      client_id: client, hospital_id: target.id, reason_code: reason, summary: summary.trim(), is_urgent: urgent,
      outside_reason: target.in_combination ? '' : why.trim(), slot_id: slotId || null,
      consent: consent ? { ...consent, text_sha256: target.text_sha256 } : null,
    }
  },

  /** @param {any} consent null: he agrees on his own phone */
  send(consent) {
    const wrong = this.findProblem()
    if (wrong) return say(wrong)
    return once(this, async () => this.show(await post(`/api/doctor/residents/${this.data.id}/referrals`, this.reportOf(consent))))
  },

  toggleEmergency() {
    this.setData({ isEmergency: !this.data.isEmergency })
  },

  report() {
    const { id, client, hospital, day, time, diagnosis, caller, phone } = this.data
    if (!hospital.trim() || !time) return say('请填写医院和入院时间')
    return once(this, async () => {
      const told = { client_id: client, hospital_name: hospital.trim(), admitted_at: momentOf(day, time) }
      const evidence = { diagnosis: diagnosis.trim(), caller: caller.trim(), caller_phone: phone.trim() }
      this.show(await post(`/api/doctor/residents/${id}/emergencies`, { ...told, ...evidence }))
    })
  },

  /** @param {any} done */
  show(done) {
    this.setData({ done })
    wx.pageScrollTo({ scrollTop: 0, duration: 0 })
  },

  goList() {
    open('/pages/doctor/referrals')
  },
})
