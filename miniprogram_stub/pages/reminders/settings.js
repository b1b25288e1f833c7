const { get, post } = require('../../utils/api')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { addDays, today } = require('../../utils/days')

const STAY_DAYS = 7 // what a stay lasts until somebody says otherwise
const LONGEST_DAYS = 89

/** @param {any} answer NoticeSettings */
const asForm = (answer) => ({
  topics: answer.topics,
  smsAllowed: answer.sms_allowed,
  phone: answer.phone_masked || '',
  isMuted: Boolean(answer.muted_until),
  mutedFrom: answer.muted_from || '',
  mutedUntil: answer.muted_until || '',
  contacts: answer.contacts,
  contactId: answer.contact_id || '',
})

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    topics: [], smsAllowed: true, phone: '', isMuted: false, mutedFrom: '', mutedUntil: '', contacts: [], contactId: '',
    today: '', lastDay: '',
  },

  onShow() {
    dress(this)
    this.setData({ today: today(), lastDay: addDays(today(), LONGEST_DAYS) })
    if (this.data.state !== 'ready') this.reload()
  },

  reload() {
    return load(this, async () => asForm(await get('/api/notice-settings')))
  },

  /** @param {any} e */
  toggleTopic(e) {
    const code = e.currentTarget.dataset.code
    this.setData({ topics: this.data.topics.map((topic) => (topic.code === code ? { ...topic, is_on: !topic.is_on } : topic)) })
  },

  toggleSms() {
    this.setData({ smsAllowed: !this.data.smsAllowed })
  },

  toggleMute() {
    const isMuted = !this.data.isMuted
    this.setData({ isMuted, mutedFrom: isMuted ? today() : '', mutedUntil: isMuted ? addDays(today(), STAY_DAYS) : '' })
  },

  /** @param {any} e */
  onFrom(e) {
    this.setData({ mutedFrom: e.detail.value })
  },

  /** @param {any} e */
  onUntil(e) {
    this.setData({ mutedUntil: e.detail.value })
  },

  /** @param {any} e */
  pickContact(e) {
    const id = e.currentTarget.dataset.id
    this.setData({ contactId: this.data.contactId === id ? '' : id })
  },

  save() {
    return once(this, async () => {
      const { topics, smsAllowed, isMuted, mutedFrom, mutedUntil, contactId } = this.data
      /** @type {any} */
      const data = { off: topics.filter((topic) => !topic.is_on).map((topic) => topic.code), sms_allowed: smsAllowed }
      if (isMuted) Object.assign(data, { muted_from: mutedFrom, muted_until: mutedUntil })
      if (contactId) data.contact_id = contactId
      this.setData(asForm(await post('/api/notice-settings', data)))
      say('已保存')
    })
  },
})
