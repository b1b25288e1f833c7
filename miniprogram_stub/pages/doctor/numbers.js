const { get, listAll, post } = require('../../utils/api')
const { dayAndTime } = require('../../utils/days')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { personLine } = require('../../utils/people')
const prefill = require('../../utils/prefill')

/** @param {any} row a Slot with release_at */
const asSlot = (row) => ({ ...row, when: dayAndTime(row.starts_at), gone: dayAndTime(row.release_at) })

/** @param {any} row a hospital with numbers left */
const asHospital = (row) => ({ ...row, until: row.first_at ? dayAndTime(row.first_at) : '' })

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    booked: 0, hospitals: [], hospital: null, slots: [], slot: null, people: [], shown: [], search: '', person: null, forId: '', words: '',
  },

  /** @param {any} query resident: for whom, when a doctor comes from a conversation; what he said stands above */
  onLoad(query) {
    this.setData({ forId: query.resident || '', words: prefill.take() })
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
      const found = await get('/api/doctor/numbers')
      return { booked: found.booked, hospitals: found.items.map(asHospital), hospital: null, slots: [] }
    })
  },

  /** @param {any} e */
  openHospital(e) {
    return once(this, () => this.list(e.currentTarget.dataset.id))
  },

  /** @param {string} id of the hospital whose numbers are shown */
  async list(id) {
    const rows = await listAll('/api/doctor/numbers/' + id, 5)
    const hospital = this.data.hospitals.find((/** @type {any} */ item) => item.id === id) || null
    this.setData({ hospital, slots: rows.filter((/** @type {any} */ row) => row.bookable).map(asSlot) })
  },

  closeHospital() {
    this.setData({ hospital: null, slots: [] })
  },

  /** @param {any} e */
  startBooking(e) {
    const slot = this.data.slots.find((/** @type {any} */ item) => item.id === e.currentTarget.dataset.id)
    return once(this, async () => {
      const rows = this.data.people.length ? this.data.people : await listAll('/api/doctor/residents')
      const people = rows.map((/** @type {any} */ row) => ({ ...row, line: personLine(row) }))
      const person = people.find((/** @type {any} */ one) => one.id === this.data.forId) || null
      this.setData({ slot, people, shown: people, search: '', person })
    })
  },

  stopBooking() {
    if (!this.data.busy) this.setData({ slot: null, person: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** By surname, or by the end of the telephone number. @param {any} e */
  onSearch(e) {
    const search = e.detail.value.trim()
    const fits = (/** @type {any} */ one) => one.name_masked.startsWith(search) || (one.phone_masked || '').endsWith(search)
    this.setData({ search, shown: this.data.people.filter(fits) })
  },

  /** @param {any} e */
  pickPerson(e) {
    this.setData({ person: this.data.people.find((/** @type {any} */ one) => one.id === e.currentTarget.dataset.id) })
  },

  otherPerson() {
    this.setData({ person: null })
  },

  book() {
    const { slot, person, hospital } = this.data
    return once(this, async () => {
      const made = await post(`/api/doctor/residents/${person.id}/appointments`, { slot_id: slot.id })
      this.setData({ slot: null, person: null })
      say(made.status === 'pending' ? '已提交，等医院确认' : '已预约，居民会收到通知')
      await this.reload()
      await this.list(hospital.id)
    })
  },
})
