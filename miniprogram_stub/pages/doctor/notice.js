const { get, post } = require('../../utils/api')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { personLine } = require('../../utils/people')
const { signing } = require('../../utils/signing')

Page({
  ...shared,
  ...signing,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    id: '', draft: null, person: '', step: 'read', witness: '', written: false, done: null,
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const draft = await get(`/api/doctor/unsigned/${this.data.id}/notice`)
      return { draft, person: personLine(draft.entry.resident) }
    })
  },

  /** @param {string} step */
  goStep(step) {
    this.setData({ step, notice: '', written: false })
    wx.pageScrollTo({ scrollTop: 0, duration: 0 })
    this.prepareSignature()
  },

  residentSigns() {
    this.setData({ witness: '' })
    this.goStep('resident')
  },

  witnessSigns() {
    this.goStep('witness')
  },

  backToReading() {
    this.setData({ step: 'read', notice: '' })
  },

  /** @param {any} e */
  pickWitness(e) {
    this.setData({ witness: e.currentTarget.dataset.name })
  },

  /** @param {any} e */
  onWitness(e) {
    this.setData({ witness: e.detail.value })
  },

  submit() {
    const { step, witness, draft, id } = this.data
    if (step === 'witness' && !witness.trim()) return say('请填见证人姓名')
    if (!this.isSigned()) return undefined
    return once(this, async () => {
      const done = await post(`/api/doctor/unsigned/${id}/notice`, {
        text_sha256: draft.text_sha256,
        signer: step,
        signature: this.signature.picture(),
        witness_name: witness.trim(),
      })
      this.setData({ done, step: 'done', notice: '' })
      wx.pageScrollTo({ scrollTop: 0, duration: 0 })
    })
  },

  goBack() {
    wx.navigateBack({ fail: () => wx.redirectTo({ url: '/pages/doctor/unsigned' }) })
  },
})
