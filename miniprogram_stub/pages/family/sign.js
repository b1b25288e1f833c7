const { get, post } = require('../../utils/api')
const { longDay } = require('../../utils/days')
const { load, once, say } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const { signing } = require('../../utils/signing')
const subscribe = require('../../utils/subscribe')

/** @type {Record<string, string>} */
const TITLES = { who: '替谁签', read: '看协议，逐条同意', sign: '签名', done: '申请已提交' }

Page({
  ...shared,
  ...signing,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, step: 'who',
    people: [], packages: [], choosing: null, preview: null, shown: '', consents: [], allOn: false, written: false,
    made: [], answerBy: '', hasOthers: false,
  },
  team: '',
  first: '',

  /** @param {any} query */
  onLoad(query) {
    this.team = query.team
    this.first = query.package
    this.reload()
    subscribe.prefetch('signing')
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const [team, answer] = await Promise.all([get('/api/teams/' + this.team), get('/api/family/signable')])
      const chosen = team.packages.find((/** @type {any} */ one) => one.id === this.first) || team.packages[0]
      const people = answer.items.map((/** @type {any} */ row) => ({
        ...row,
        can: Boolean(row.ground) && !row.is_signed,
        on: Boolean(row.ground) && !row.is_signed,
        packageId: chosen.id,
        packageName: chosen.name,
      }))
      return { people, packages: team.packages }
    })
  },

  /** @param {string} step */
  goStep(step) {
    this.setData({ step, notice: '' })
    wx.setNavigationBarTitle({ title: TITLES[step] })
    wx.pageScrollTo({ scrollTop: 0, duration: 0 })
  },

  /** @param {any} e */
  toggleWho(e) {
    const { id } = e.currentTarget.dataset
    const people = this.data.people.map((row) => (row.resident_id === id && row.can ? { ...row, on: !row.on } : row))
    this.setData({ people })
  },

  /** @param {any} e */
  startPackage(e) {
    this.setData({ choosing: this.data.people.find((row) => row.resident_id === e.currentTarget.dataset.id) })
  },

  /** @param {any} e */
  pickPackage(e) {
    const { id, name } = e.currentTarget.dataset
    const who = this.data.choosing.resident_id
    const people = this.data.people.map((row) => (row.resident_id === who ? { ...row, packageId: id, packageName: name } : row))
    this.setData({ people, choosing: null })
  },

  stopPackage() {
    this.setData({ choosing: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @returns {any[]} the body's members */
  members() {
    return this.data.people.filter((row) => row.on).map((row) => ({ resident_id: row.resident_id, package_id: row.packageId }))
  },

  doneChoosing() {
    const members = this.members()
    if (members.length === 0) return say('请至少点选一位')
    return once(this, async () => {
      const preview = await post('/api/family/preview', { team_id: this.team, members })
      const consents = preview.consents.map((/** @type {any} */ item) => ({ ...item, on: false }))
      this.setData({ preview, consents, allOn: consents.length === 0, shown: preview.members[0].resident_id })
      this.setData({ hasOthers: preview.members.some((/** @type {any} */ one) => one.own_consent_due) })
      this.goStep('read')
    })
  },

  /** @param {any} e */
  show(e) {
    const { id } = e.currentTarget.dataset
    this.setData({ shown: this.data.shown === id ? '' : id })
  },

  /** @param {any} e */
  toggle(e) {
    const { key } = e.currentTarget.dataset
    const consents = this.data.consents.map((item) => (item.key === key ? { ...item, on: !item.on } : item))
    this.setData({ consents, allOn: consents.every((item) => item.on), notice: '' })
  },

  doneConsenting() {
    if (!this.data.allOn) return say('请把每一条都点上，再往下走')
    this.goStep('sign')
    this.prepareSignature()
    return undefined
  },

  submit() {
    if (!this.isSigned()) return undefined
    // The dialog must open straight from this tap, before any other work.
    const asked = subscribe.ask('signing')
    return once(this, async () => {
      await asked
      const packages = new Map(this.members().map((one) => [one.resident_id, one.package_id]))
      const answer = await post('/api/family/sign', {
        team_id: this.team,
        members: this.data.preview.members.map((/** @type {any} */ one) => ({
          resident_id: one.resident_id, package_id: packages.get(one.resident_id), text_sha256: one.text_sha256,
        })),
        consents: this.data.consents.map((item) => item.key),
        signature: this.signature.picture(),
      })
      this.setData({ made: answer.items, answerBy: longDay(answer.items[0].answer_by_on) })
      this.goStep('done')
    })
  },

  goRights() {
    open('/pages/family/home')
  },

  goHome() {
    wx.switchTab({ url: '/pages/index/index' })
  },
})
