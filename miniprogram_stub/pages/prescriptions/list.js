const { get, listAll, post } = require('../../utils/api')
const { confirm, load, once, say } = require('../../utils/feedback')
const { call, dress, shared } = require('../../utils/page')
const { asCard } = require('../../utils/prescriptions')
const { openSignature } = require('../../utils/signature')

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    people: [], who: '', cards: [], signing: null,
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
      const people = (await get('/api/measurements/people')).items
      const who = this.data.who || people[0].id
      return { people, who, cards: (await listAll(`/api/prescriptions?for_id=${who}`, 2)).map(asCard) }
    })
  },

  /** @param {any} event */
  forWhom(event) {
    this.setData({ who: event.currentTarget.dataset.id })
    return this.reload()
  },

  /** @param {any} event */
  async startSigning(event) {
    const signing = this.data.cards.find((card) => card.id === event.currentTarget.dataset.id)
    this.setData({ signing })
    try {
      this.pad = await openSignature(this, '#sign')
    } catch (/** @type {any} */ problem) {
      say(problem.title)
    }
  },

  pad: /** @type {any} */ (null),

  /** @param {any} event */
  onStart(event) {
    if (this.pad) this.pad.start(event.touches[0])
  },

  /** @param {any} event */
  onMove(event) {
    if (this.pad) this.pad.move(event.touches[0])
  },

  clear() {
    if (this.pad) this.pad.clear()
  },

  stopSigning() {
    this.setData({ signing: null })
  },

  submit() {
    if (!this.pad || !this.pad.isWritten()) return say('请先在框里签名')
    return once(this, () => this.answer(this.pad.picture()))
  },

  async decline() {
    if (await confirm('不同意', '不同意就不开这张长期处方，可以请医生改开较短的。', '不同意')) await once(this, () => this.answer(null))
  },

  /** @param {string|null} signature @returns {Promise<any>} */
  async answer(signature) {
    const { id, text_sha256 } = this.data.signing
    await post(`/api/prescriptions/${id}/sign`, { text_sha256, signature })
    this.setData({ signing: null })
    await this.reload()
    say(signature ? '已签字，处方开始使用' : '已告诉医生您不同意')
  },

  /** @param {any} event */
  callTeam(event) {
    call(event.currentTarget.dataset.phone)
  },
})
