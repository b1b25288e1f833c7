const { get, post } = require('../../utils/api')
const { merge, sameBubbles } = require('../../utils/conversation')
const { dayAndTime } = require('../../utils/days')
const { callResident } = require('../../utils/dialling')
const { confirm, load, once, say } = require('../../utils/feedback')
const { handing } = require('../../utils/handing')
const { dress, shared } = require('../../utils/page')
const { openMedium } = require('../../utils/media')
const outbox = require('../../utils/outbox')
const { takePhoto } = require('../../utils/photo')
const { recording } = require('../../utils/recording')

const POLL_MS = 5000
/** Ready on every phone; a doctor's own ones stand before them. */
const USUAL = ['收到，我看一下，稍后回复您。', '请明天上午来门诊找我看看。', '请在家量血压，把数值发给我。', '情况紧急，请马上拨打120。']

Page({
  ...shared,
  ...handing,
  ...recording,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '',
    conversation: null, isMine: false, isClosed: false, bubbles: [], unsent: [], older: '',
    text: '', toView: '', lost: false, showQuick: false, usual: USUAL, quickReplies: [], isLate: false, dueLine: '',
    sheet: '', colleagues: [], toId: '', reason: '', notes: [], note: '', noteKey: '', chosen: '',
    recording: 'idle', seconds: 0, voiceFile: '',
  },
  /** @type {any} */
  timer: null,

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
  },

  onShow() {
    dress(this)
    this.reload()
    clearInterval(this.timer)
    this.timer = setInterval(() => this.poll(), POLL_MS)
  },

  onHide() {
    clearInterval(this.timer)
    if (this.data.sheet === 'voice') this.leaveVoice()
  },

  onUnload() {
    clearInterval(this.timer)
  },

  /** @param {any} conversation */
  statusData(conversation) {
    const isLate = Boolean(conversation.due_at) && new Date(conversation.due_at) <= new Date()
    return {
      conversation,
      isLate,
      dueLine: conversation.due_at ? `应在 ${dayAndTime(conversation.due_at)} 前答复${isLate ? '，已超时' : ''}` : '',
      isMine: conversation.status === 'with_doctor',
      isClosed: conversation.status === 'closed',
    }
  },

  reload() {
    return load(this, async () => {
      const answer = await get('/api/doctor/conversations/' + this.data.id)
      wx.setNavigationBarTitle({ title: answer.conversation.resident_label })
      setTimeout(() => this.toBottom(), 80)
      const older = this.data.older || answer.next || ''
      return { ...this.statusData(answer.conversation), bubbles: merge(this.data.bubbles, answer.items), older, lost: false }
    })
  },

  async poll() {
    if (this.data.state !== 'ready') return
    try {
      const answer = await get('/api/doctor/conversations/' + this.data.id)
      const bubbles = merge(this.data.bubbles, answer.items)
      const isNews = !sameBubbles(bubbles, this.data.bubbles)
      this.setData({ ...this.statusData(answer.conversation), lost: false, ...(isNews ? { bubbles } : {}) })
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
      const answer = await get(`/api/doctor/conversations/${this.data.id}?cursor=${encodeURIComponent(this.data.older)}`)
      this.setData({ bubbles: merge(this.data.bubbles, answer.items), older: answer.next || '' })
    })
  },

  async take() {
    await once(this, async () => {
      this.setData(this.statusData(await post(`/api/doctor/conversations/${this.data.id}/take`)))
    })
    await this.poll()
  },

  async release() {
    const sure = await confirm('交回对话', '已回复的由小助手接着回答；还没回复的，同事可以接手。', '交回')
    if (!sure) return
    await once(this, async () => {
      this.setData(this.statusData(await post(`/api/doctor/conversations/${this.data.id}/release`)))
      say('已交回')
    })
  },

  async close() {
    const sure = await confirm('结束对话', '居民再发消息时，先由小助手回答。', '结束')
    if (!sure) return
    await once(this, async () => {
      this.setData(this.statusData(await post(`/api/doctor/conversations/${this.data.id}/close`)))
      say('已结束')
    })
  },

  /** @param {any} e */
  onText(e) {
    this.setData({ text: e.detail.value })
  },

  /** @param {any} e */
  callResident(e) {
    return callResident(this, e.currentTarget.dataset.resident)
  },

  async send() {
    const text = this.data.text.trim()
    if (!text) return
    this.setData({ text: '' })
    const sending = outbox.send(this, `/api/doctor/conversations/${this.data.id}/reply`, text)
    this.toBottom()
    if (await sending) await this.poll()
    this.toBottom()
  },

  /** What cannot be sent stays there and can be sent again. @param {string} path @param {any} body @param {string} name */
  async sendFile(path, body, name) {
    const sending = outbox.sendFile(this, path, body, name)
    this.toBottom()
    if (await sending) await this.poll()
    this.toBottom()
  },

  sendPhoto() {
    return once(this, async () => {
      const photo = await takePhoto()
      if (photo) await this.sendFile(`/api/doctor/conversations/${this.data.id}/photos`, { photo }, '[照片]')
    })
  },

  /** @param {string} voice */
  sendVoice(voice) {
    return this.sendFile(`/api/doctor/conversations/${this.data.id}/voice`, { voice }, '[语音]')
  },

  /** @param {any} e */
  resend(e) {
    return outbox.resend(this, `/api/doctor/conversations/${this.data.id}/reply`, e.currentTarget.dataset.id)
  },
})
