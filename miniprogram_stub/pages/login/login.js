const { get, post, fetchMe } = require('../../utils/api')
const { nameProblem, numberProblem, tidyNumber } = require('../../utils/identity')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

/** Which step is still missing. @param {any} me @returns {string} privacy | phone | identity | done */
function stepFor(me) {
  if (me.bound) return 'done'
  if (me.consent_needed) return 'privacy'
  return me.phone_masked ? 'identity' : 'phone'
}

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    step: '', privacy: null, agreed: false, name: '', number: '', nameError: '', numberError: '', me: null,
  },

  onLoad() {
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const me = await fetchMe()
      const step = stepFor(me)
      const privacy = step === 'privacy' ? await get('/api/consents/privacy') : null
      return { me, step, privacy }
    })
  },

  toggleAgree() {
    this.setData({ agreed: !this.data.agreed })
  },

  acceptPrivacy() {
    if (!this.data.agreed) return say('请先点上面的方框，表示同意')
    return once(this, async () => {
      const me = await post('/api/consents/privacy', { version: this.data.privacy.version })
      this.advance(me)
    })
  },

  /** @param {any} e */
  onPhone(e) {
    const { code } = e.detail
    if (!code) return say('没有拿到手机号。可以再点一次，或先跳过')
    return once(this, async () => this.advance(await post('/api/me/phone', { code })))
  },

  skipPhone() {
    this.setData({ step: 'identity' })
  },

  /** @param {any} e */
  onName(e) {
    this.setData({ name: e.detail.value, nameError: '' })
  },

  /** @param {any} e */
  onNumber(e) {
    this.setData({ number: e.detail.value, numberError: '' })
  },

  checkNumber() {
    if (this.data.number) this.setData({ numberError: numberProblem(this.data.number) })
  },

  bind() {
    const { name, number } = this.data
    const nameError = nameProblem(name)
    const numberError = numberProblem(number)
    this.setData({ nameError, numberError })
    if (nameError || numberError) return undefined
    return once(this, async () => {
      const identity = { name: name.trim(), document_type: '01', number: tidyNumber(number) }
      const me = await post('/api/me/identity', identity)
      // The number has done its work: it does not stay in the page.
      this.setData({ name: '', number: '' })
      this.advance(me)
    })
  },

  /** @param {any} me */
  advance(me) {
    getApp().globalData.me = me
    this.setData({ me, step: stepFor(me), notice: '' })
    wx.pageScrollTo({ scrollTop: 0, duration: 0 })
  },

  finish() {
    if (getCurrentPages().length > 1) wx.navigateBack()
    else wx.switchTab({ url: '/pages/index/index' })
  },

  goTeams() {
    wx.redirectTo({ url: '/pages/teams/list' })
  },
})
