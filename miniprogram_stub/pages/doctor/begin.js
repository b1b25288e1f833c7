const { get, listAll, post } = require('../../utils/api')
const { longDay, selfPay } = require('../../utils/days')
const { documentOf } = require('../../utils/documents')
const { confirm, load, once, say, showProblem } = require('../../utils/feedback')
const { nameProblem, numberProblem, tidyNumber } = require('../../utils/identity')
const { dress, shared } = require('../../utils/page')
const { personLine } = require('../../utils/people')
const { takePhoto } = require('../../utils/photo')
const { signing } = require('../../utils/signing')

const NOT_FOUND = 404

/** @param {any} row a Begun */
const asRow = (row) => ({ ...row, person: personLine(row.resident), until: longDay(row.sign_by_on) })

/** Finding somebody by his card, choosing for him, and handing him the phone: he reads and signs himself. */
Page({
  ...shared,
  ...signing,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    step: 'find', rows: [], packages: [], number: '', name: '', phone: '', numberError: '', unknown: false,
    found: null, person: '', photo: '', isMark: false, chosen: '', begun: null, preview: null, consents: [], allOn: false, written: false, fee: '',
  },

  onLoad() {
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const rows = await listAll('/api/doctor/begin')
      return { rows: rows.map(asRow) }
    })
  },

  /** @param {any} e */
  onNumber(e) {
    this.setData({ number: e.detail.value, numberError: '' })
  },

  /** @param {any} e */
  onName(e) {
    this.setData({ name: e.detail.value })
  },

  /** @param {any} e */
  onPhone(e) {
    this.setData({ phone: e.detail.value })
  },

  find() {
    const numberError = numberProblem(this.data.number, documentOf('01').code)
    if (numberError) return this.setData({ numberError })
    return once(this, async () => {
      try {
        await this.show(await post('/api/doctor/begin/find', { document_type: '01', number: tidyNumber(this.data.number) }))
      } catch (problem) {
        if (/** @type {any} */ (problem).status !== NOT_FOUND) return showProblem(problem)
        this.setData({ unknown: true })
      }
      return undefined
    })
  },

  register() {
    const { name, number, phone } = this.data
    const wrong = nameProblem(name)
    if (wrong) return say(wrong)
    return once(this, async () => {
      await this.show(await post('/api/doctor/begin/register', {
        name: name.trim(), document_type: '01', number: tidyNumber(number), phone: phone.trim() || null,
      }))
    })
  },

  /** Show who was found, with the packages that are meant for him. @param {any} found */
  async show(found) {
    const { items } = await get('/api/doctor/begin/packages?for_resident=' + found.resident.id)
    const packages = items.map((/** @type {any} */ item) => ({ ...item, selfPay: selfPay(item.self_pay_fen) }))
    const only = packages.length === 1 ? packages[0].id : ''
    this.setData({ step: 'choose', packages, found, person: personLine(found.resident), chosen: only, unknown: false })
  },

  /** @param {any} e */
  choose(e) {
    this.setData({ chosen: e.currentTarget.dataset.id })
  },

  async begin() {
    const { found, chosen, person } = this.data
    if (!chosen) return say('请先选服务包')
    const sure = await confirm('发起签约', `${person}\n已核对证件原件，由居民本人阅读并签字。`, '发起')
    if (!sure) return undefined
    return once(this, async () => {
      const begun = await post('/api/doctor/begin', { resident_id: found.resident.id, package_id: chosen, seen: true })
      this.setData({ begun: asRow(begun), step: 'begun' })
    })
  },

  /** @param {any} e */
  async openRow(e) {
    const begun = this.data.rows.find((/** @type {any} */ row) => row.id === e.currentTarget.dataset.id)
    this.setData({ begun, step: 'begun' })
  },

  signHere() {
    return once(this, async () => {
      const preview = await post(`/api/doctor/begin/${this.data.begun.id}/preview`)
      const consents = preview.consents.map((/** @type {any} */ item) => ({ ...item, on: false }))
      this.setData({ preview, consents, allOn: consents.length === 0, fee: selfPay(preview.self_pay_fen) })
      this.goStep('read')
    })
  },

  /** @param {string} step */
  goStep(step) {
    this.setData({ step, notice: '' })
    wx.pageScrollTo({ scrollTop: 0, duration: 0 })
  },

  doneReading() {
    this.goStep('consent')
  },

  /** @param {any} e */
  toggle(e) {
    const { key } = e.currentTarget.dataset
    const consents = this.data.consents.map((/** @type {any} */ item) => (item.key === key ? { ...item, on: !item.on } : item))
    this.setData({ consents, allOn: consents.every((/** @type {any} */ item) => item.on), notice: '' })
  },

  doneConsenting() {
    if (!this.data.allOn) return say('请居民把每一条都点上')
    this.setData({ written: false, photo: '', isMark: false })
    this.goStep('sign')
    this.prepareSignature()
    return undefined
  },

  toggleMark() {
    this.setData({ isMark: !this.data.isMark, notice: '' })
  },

  async takePhoto() {
    const photo = await takePhoto()
    if (photo) this.setData({ photo })
  },

  submit() {
    if (!this.isSigned()) return undefined
    const { isMark, photo } = this.data
    if (isMark && !photo) return say('按手印的，请拍下现场照片')
    return once(this, async () => {
      await post(`/api/doctor/begin/${this.data.begun.id}/sign`, {
        text_sha256: this.data.preview.text_sha256,
        consents: this.data.consents.map((/** @type {any} */ item) => item.key),
        signature: this.signature.picture(),
        is_mark: isMark,
        ...(photo ? { photo } : {}),
      })
      this.setData({ photo: '' })
      this.goStep('done')
    })
  },

  async drop() {
    const sure = await confirm('撤回', '撤回后居民不能再签这份协议。确定撤回吗？', '撤回')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/doctor/begin/${this.data.begun.id}/withdraw`)
      this.again()
    })
  },

  again() {
    this.setData({ step: 'find', number: '', name: '', phone: '', found: null, begun: null, preview: null, unknown: false })
    this.reload()
  },

  goRequests() {
    wx.redirectTo({ url: '/pages/doctor/agreements' })
  },
})
