const { get, post } = require('../../utils/api')
const { today } = require('../../utils/days')
const { confirm, load, once, say } = require('../../utils/feedback')
const { clientId, dress, shared } = require('../../utils/page')
const prefill = require('../../utils/prefill')
const { asItem, asService } = require('../../utils/rights')
const { takePhoto } = require('../../utils/photo')

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    id: '', sheet: null, items: [], services: [], servedOn: '', lastDay: '', place: 'clinic', note: '', photo: '',
    asking: null, detail: '', performer: '', participants: '1', attempt: '',
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id, servedOn: today(), lastDay: today(), attempt: clientId(), note: prefill.take() })
  },

  onShow() {
    dress(this)
    this.reload()
  },

  reload() {
    return load(this, async () => {
      const sheet = await get(`/api/doctor/residents/${this.data.id}/entitlements`)
      return { sheet, items: sheet.items.map(asItem), services: sheet.services.map(asService) }
    })
  },

  /** @param {any} e */
  onDate(e) {
    this.setData({ servedOn: e.detail.value })
  },

  /** @param {any} e */
  pickPlace(e) {
    this.setData({ place: e.currentTarget.dataset.key })
  },

  /** @param {any} e */
  onNote(e) {
    this.setData({ note: e.detail.value })
  },

  async takePhoto() {
    const photo = await takePhoto()
    if (photo) this.setData({ photo })
  },

  /** One tap records; only what needs to know more asks for it. @param {any} e */
  pick(e) {
    const item = this.data.items.find((/** @type {any} */ one) => one.id === e.currentTarget.dataset.id)
    if (item.choices.length || item.needs_performer || item.needs_note) {
      this.setData({ asking: item, detail: '', performer: '', participants: '1' })
      return undefined
    }
    return this.record(item, {})
  },

  stopAsking() {
    if (!this.data.busy) this.setData({ asking: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e */
  pickDetail(e) {
    this.setData({ detail: e.currentTarget.dataset.key })
  },

  /** @param {any} e */
  onPerformer(e) {
    this.setData({ performer: e.detail.value })
  },

  /** @param {any} e */
  onParticipants(e) {
    this.setData({ participants: e.detail.value })
  },

  recordAsked() {
    const { asking, detail, performer, participants, note } = this.data
    if (asking.choices.length && !detail) return say('请选一种检查')
    if (asking.needs_note && !note.trim()) return say('请写下健康处方的内容')
    const people = Number(participants)
    if (asking.kind === 'nursing_training' && !(people >= 1)) return say('请填写参加人数')
    return this.record(asking, { detail, performer: performer.trim(), participants: people >= 1 ? people : 1 })
  },

  /** @param {any} item @param {any} more */
  record(item, more) {
    const { servedOn, place, note, photo, attempt } = this.data
    const proof = photo ? { photo } : {}
    return once(this, async () => {
      await post(`/api/doctor/entitlements/${item.id}/services`, {
        client_id: attempt, served_on: servedOn, place, note: note.trim(), ...more, ...proof,
      })
      // A lost answer is repeated with the same id; only the next service gets a new one.
      this.setData({ asking: null, note: '', photo: '', attempt: clientId() })
      say(`已登记：${item.name}`)
      await this.reload()
    })
  },

  /** @param {any} e */
  async takeBack(e) {
    const sure = await confirm('撤销记录', '撤销后这次服务不计入，次数退回。', '撤销')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/doctor/services/${e.currentTarget.dataset.id}/take-back`)
      say('已撤销')
      await this.reload()
    })
  },
})
