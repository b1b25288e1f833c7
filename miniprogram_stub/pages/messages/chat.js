const { get, post } = require('../../utils/api')
const { merge, sameBubbles } = require('../../utils/conversation')
const { load, once, say } = require('../../utils/feedback')
const { openMedium } = require('../../utils/media')
const { dress, shared } = require('../../utils/page')
const { takePhoto } = require('../../utils/photo')
const outbox = require('../../utils/outbox')
const subscribe = require('../../utils/subscribe')

const PATH = '/api/messages'
const POLL_MS = 5000
const ASK_DOCTOR = '找医生'

const WORDS = ['', '很不满意', '不满意', '一般', '满意', '很满意']

/** Who answers by when, in words. @param {any} answer of /api/messages */
function awaitedData({ conversation, awaited }) {
  const when = awaited.promised ? `最迟${awaited.promised}前答复您` : awaited.late ? '让您久等了，已提醒团队尽快答复' : ''
  return { conversation, awaited, waitLine: [awaited.stand_in, when].filter(Boolean).join('；') }
}

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    bubbles: [], unsent: [], conversation: null, awaited: null, waitLine: '', stars: 0, words: '', starWords: WORDS, text: '', older: '', toView: '', lost: false,
  },
  /** @type {any} */
  timer: null,
  askedPermission: false,

  onLoad() {
    subscribe.prefetch('message')
  },

  onShow() {
    dress(this)
    this.reload()
    clearInterval(this.timer)
    this.timer = setInterval(() => this.poll(), POLL_MS)
  },

  onHide() {
    clearInterval(this.timer)
  },

  onUnload() {
    clearInterval(this.timer)
  },

  reload() {
    return load(this, async () => {
      const answer = await get(PATH)
      setTimeout(() => this.toBottom(), 80)
      const bubbles = merge(this.data.bubbles, answer.items)
      return { bubbles, ...awaitedData(answer), older: this.data.older || answer.next || '', lost: false }
    })
  },

  async poll() {
    if (this.data.state !== 'ready') return
    try {
      const answer = await get(PATH)
      const bubbles = merge(this.data.bubbles, answer.items)
      const isNews = !sameBubbles(bubbles, this.data.bubbles)
      this.setData({ ...awaitedData(answer), lost: false, ...(isNews ? { bubbles } : {}) })
      if (isNews) this.toBottom()
    } catch {
      this.setData({ lost: true })
    }
  },

  /** @param {any} e */
  openMedium(e) {
    return openMedium(this, e.currentTarget.dataset.id)
  },

  toBottom() {
    this.setData({ toView: '' })
    this.setData({ toView: 'chat-end' })
  },

  loadOlder() {
    return once(this, async () => {
      const answer = await get(PATH + '?cursor=' + encodeURIComponent(this.data.older))
      this.setData({ bubbles: merge(this.data.bubbles, answer.items), older: answer.next || '' })
    })
  },

  /** @param {any} e */
  pickStars(e) {
    this.setData({ stars: Number(e.currentTarget.dataset.stars) })
  },

  /** @param {any} e */
  onWords(e) {
    this.setData({ words: e.detail.value })
  },

  rate() {
    const { awaited, stars, words } = this.data
    if (!stars) return say('请先点几颗星')
    return once(this, async () => {
      await post(`/api/messages/${awaited.rate_id}/rating`, { stars, words: words.trim() })
      this.setData({ awaited: { ...awaited, rate_id: '' }, stars: 0, words: '' })
      say('谢谢您的评价')
    })
  },

  /** @param {any} e */
  onText(e) {
    this.setData({ text: e.detail.value })
  },

  /** The first message of a visit asks whether the reply may be announced. */
  askPermission() {
    if (this.askedPermission) return
    this.askedPermission = true
    subscribe.ask('message')
  },

  send() {
    const text = this.data.text.trim()
    if (!text) return
    this.askPermission()
    this.setData({ text: '' })
    this.deliver(text)
  },

  /** One of what the assistant offered. @param {any} e */
  choose(e) {
    this.askPermission()
    this.deliver(e.currentTarget.dataset.number)
  },

  askDoctor() {
    this.askPermission()
    this.deliver(ASK_DOCTOR)
  },

  /** A photo goes to the doctor, sealed; what cannot be sent stays there and can be sent again. */
  sendPhoto() {
    return once(this, async () => {
      const photo = await takePhoto()
      if (!photo) return
      this.askPermission()
      const sending = outbox.sendFile(this, PATH + '/photos', { photo }, '[照片]')
      this.toBottom()
      if (await sending) await this.poll()
      this.toBottom()
    })
  },

  /** @param {string} text */
  async deliver(text) {
    const sending = outbox.send(this, PATH, text)
    this.toBottom()
    if (await sending) await this.poll()
    this.toBottom()
  },

  /** A page the assistant names; a tab is not opened on top of another page. @param {any} e */
  openLink(e) {
    const { path } = e.currentTarget.dataset
    wx.navigateTo({ url: path, fail: () => wx.switchTab({ url: path.split('?')[0] }) })
  },

  /** @param {any} e */
  async resend(e) {
    if (await outbox.resend(this, PATH, e.currentTarget.dataset.id)) this.toBottom()
  },
})
