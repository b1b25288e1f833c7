const { get, post, fetchMe } = require('../../utils/api')
const { COUNTRIES } = require('../../utils/countries')
const { today } = require('../../utils/days')
const { DOCUMENTS, documentOf } = require('../../utils/documents')
const { nameProblem, numberProblem, tidyNumber } = require('../../utils/identity')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

/** Which step is still missing. @param {any} me @returns {string} privacy | phone | identity | done */
function stepFor(me) {
  if (me.bound) return 'done'
  if (me.consent_needed) return 'privacy'
  return me.phone_masked ? 'identity' : 'phone'
}

/** What the number does not say and the person must. @param {any} data of the page @returns {any} */
function factsOf({ needs, birthOn, sex, country }) {
  /** @type {Record<string, any>} */
  const all = { birth_on: birthOn, sex, nationality: country < 0 ? '' : COUNTRIES[country].code }
  return Object.fromEntries(needs.map((/** @type {string} */ field) => [field, all[field]]))
}

/** @param {any} data of the page @returns {string} */
const factsProblem = (data) => (Object.values(factsOf(data)).every(Boolean) ? '' : '请补全' + factNames(data.needs))

/** @param {string[]} needs @returns {string} */
const factNames = (needs) => needs.map((field) => FACT_NAMES[field]).join('、')

/** @param {any} data of the page @returns {any} the body of the request */
function identityOf(data) {
  const { name, number, document } = data
  return { name: name.trim(), document_type: document.code, number: tidyNumber(number), ...factsOf(data) }
}

/** @type {Record<string, string>} */
const FACT_NAMES = { birth_on: '出生日期', sex: '性别', nationality: '国籍' }
const SEXES = [{ code: 1, name: '男' }, { code: 2, name: '女' }]
const BLANK = { number: '', birthOn: '', sex: 0, country: -1, numberError: '', factsError: '' }

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    step: '', changing: false, privacy: null, agreed: false, name: '', nameError: '', me: null,
    documents: DOCUMENTS, document: DOCUMENTS[0], needs: DOCUMENTS[0].needs, choosing: false,
    sexes: SEXES, countries: COUNTRIES, today: '', ...BLANK,
  },

  /** "change=phone" asks for another number of somebody who is registered. @param {any} query */
  onLoad(query) {
    this.setData({ changing: query.change === 'phone' })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const me = await fetchMe()
      const step = this.data.changing && me.bound ? 'phone' : stepFor(me)
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
    this.setData({ step: this.data.me.bound ? 'done' : 'identity' })
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
    const { number, document } = this.data
    // With more fields below, a line that appears would push them away from under the finger.
    if (number && document.eighteen) this.setData({ numberError: numberProblem(number, document.code) })
  },

  startChoosing() {
    this.setData({ choosing: true, today: today() })
  },

  stopChoosing() {
    this.setData({ choosing: false })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e */
  chooseDocument(e) {
    const document = documentOf(e.currentTarget.dataset.code)
    this.setData({ ...BLANK, document, needs: document.needs, choosing: false })
  },

  /** @param {any} e */
  onBirth(e) {
    this.setData({ birthOn: e.detail.value, factsError: '' })
  },

  /** @param {any} e */
  onSex(e) {
    this.setData({ sex: Number(e.currentTarget.dataset.code), factsError: '' })
  },

  /** @param {any} e */
  onCountry(e) {
    this.setData({ country: Number(e.detail.value), factsError: '' })
  },

  bind() {
    const { name, number, document } = this.data
    const nameError = nameProblem(name)
    const numberError = numberProblem(number, document.code)
    const factsError = factsProblem(this.data)
    this.setData({ nameError, numberError, factsError })
    if (nameError || numberError || factsError) return undefined
    return once(this, async () => {
      const me = await post('/api/me/identity', identityOf(this.data)).catch((problem) => this.refused(problem))
      if (!me) return
      // The number has done its work: it does not stay in the page.
      this.setData({ name: '', ...BLANK })
      this.advance(me)
    })
  },

  /** A document may say less than its kind promises: then the server names what to ask for. @param {any} problem */
  refused(problem) {
    if (problem.code !== 'identity_incomplete') throw problem
    this.setData({ needs: problem.details.fields, factsError: problem.title, today: today() })
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
