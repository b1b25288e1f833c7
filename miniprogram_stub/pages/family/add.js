const { get, post } = require('../../utils/api')
const { KINDS, SIGNER_RELATIONS } = require('../../utils/claims')
const { today } = require('../../utils/days')
const { nameProblem, numberProblem, tidyNumber } = require('../../utils/identity')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { takePhoto } = require('../../utils/photo')

/** The day after which a child is under one year. @param {string} day */
const yearBefore = (day) => `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    kind: 'member', words: KINDS.member, relations: [], all: [], showAll: false, relation: '', proofs: [], proof: '',
    photo: '', photoNeeded: true, name: '', nameError: '', number: '', numberError: '', note: '', until: '', today: '',
    sent: false, mayLackNumber: false, noNumber: false, birthOn: '', earliest: '', sex: 0,
  },

  /** @param {any} query */
  onLoad(query) {
    const words = KINDS[query.kind] || KINDS.member
    wx.setNavigationBarTitle({ title: words.title })
    this.setData({ kind: query.kind || 'member', words, proofs: words.proofs, proof: words.proofs[0].code, today: today() })
    // A child of under a year may have no number yet.
    this.setData({ mayLackNumber: ['member', 'minor'].includes(query.kind || 'member'), earliest: yearBefore(today()) })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const family = await get('/api/family')
      const all = family.all_relations
      const mine = SIGNER_RELATIONS.map((code) => all.find((/** @type {any} */ one) => one.code === code))
      const isMember = this.data.kind === 'member'
      return { all, relations: isMember ? family.relations : mine, photoNeeded: !isMember || family.proof_needed }
    })
  },

  /** @param {any} e */
  onName(e) {
    this.setData({ name: e.detail.value, nameError: '' })
  },

  /** @param {any} e */
  onNumber(e) {
    this.setData({ number: e.detail.value, numberError: '' })
  },

  toggleNumber() {
    const noNumber = !this.data.noNumber
    const birth = this.data.proofs.find((/** @type {any} */ one) => one.code === 'birth_certificate')
    this.setData({ noNumber, number: '', numberError: '', ...(noNumber && birth ? { proof: birth.code } : {}) })
  },

  /** @param {any} e */
  onBirth(e) {
    this.setData({ birthOn: e.detail.value })
  },

  /** @param {any} e */
  pickSex(e) {
    this.setData({ sex: Number(e.currentTarget.dataset.code) })
  },

  /** @param {any} e */
  pickRelation(e) {
    this.setData({ relation: e.currentTarget.dataset.code })
  },

  more() {
    this.setData({ showAll: true, relations: this.data.all })
  },

  /** @param {any} e */
  pickProof(e) {
    this.setData({ proof: e.currentTarget.dataset.code })
  },

  /** @param {any} e */
  onNote(e) {
    this.setData({ note: e.detail.value })
  },

  /** @param {any} e */
  onUntil(e) {
    this.setData({ until: e.detail.value })
  },

  async takeProof() {
    const photo = await takePhoto()
    if (photo) this.setData({ photo })
  },

  /** @returns {string} what is still missing */
  missing() {
    const { relation, photo, photoNeeded, words, until, noNumber } = this.data
    if (noNumber) return this.missingOfNewborn()
    if (!relation) return '请点选关系'
    if (photoNeeded && !photo) return '请拍下证明'
    return words.days && !until ? '请选委托到哪一天' : ''
  },

  /** @returns {string} what is still missing of a child without a number yet */
  missingOfNewborn() {
    const { relation, photo, birthOn, sex } = this.data
    if (!birthOn) return '请选出生日期'
    if (!sex) return '请点选男孩或女孩'
    if (!relation) return '请点选关系'
    return photo ? '' : '请拍下出生医学证明'
  },

  /** @returns {any} */
  body() {
    const { kind, name, number, relation, proof, photo, note, until, noNumber, birthOn, sex } = this.data
    const paper = noNumber ? { document_type: '90', birth_on: birthOn, sex } : { document_type: '01', number: tidyNumber(number) }
    const person = { name: name.trim(), ...paper, relation }
    const shown = photo ? { proof_kind: proof, proof: photo } : {}
    if (kind === 'member') return { ...person, ...shown }
    return { ...person, ...shown, kind, note: note.trim(), ...(until ? { valid_to: until } : {}) }
  },

  submit() {
    const nameError = nameProblem(this.data.name)
    const numberError = this.data.noNumber ? '' : numberProblem(this.data.number, '01')
    this.setData({ nameError, numberError })
    const missing = this.missing()
    if (nameError || numberError) return undefined
    if (missing) return say(missing)
    return once(this, async () => {
      await post(this.data.words.path, this.body())
      // The number has done its work: it does not stay in the page.
      this.setData({ sent: true, name: '', number: '', photo: '' })
      wx.pageScrollTo({ scrollTop: 0, duration: 0 })
    })
  },

  another() {
    this.setData({ sent: false, relation: '', note: '', noNumber: false, birthOn: '', sex: 0 })
  },

  back() {
    wx.navigateBack({ fail: () => wx.redirectTo({ url: '/pages/family/home' }) })
  },
})
