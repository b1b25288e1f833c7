const { listAll, post } = require('../../utils/api')
const { dayAndTime } = require('../../utils/days')
const { callResident } = require('../../utils/dialling')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

const OUTCOMES = [
  { code: 'reached', name: '已联系上' },
  { code: 'family_told', name: '家人转告' },
  { code: 'unreachable', name: '没人接' },
  { code: 'wrong_number', name: '号码不对' },
]

/** @param {any} row a PhoneTask */
const asRow = (row) => ({ ...row, isOpen: row.status === 'open', when: dayAndTime(row.created_at) })

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, rows: [],
    outcomes: OUTCOMES, closing: null, outcome: '', note: '',
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ rows: (await listAll('/api/doctor/tasks', 5)).map(asRow) }))
  },

  /** @param {any} e */
  callResident(e) {
    return callResident(this, e.currentTarget.dataset.resident)
  },

  /** @param {any} e */
  startClosing(e) {
    const closing = this.data.rows.find((item) => item.id === e.currentTarget.dataset.id)
    this.setData({ closing, outcome: '', note: '' })
  },

  stopClosing() {
    if (!this.data.busy) this.setData({ closing: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e */
  pickOutcome(e) {
    this.setData({ outcome: e.currentTarget.dataset.code })
  },

  /** @param {any} e */
  onNote(e) {
    this.setData({ note: e.detail.value })
  },

  finish() {
    const { closing, outcome, note } = this.data
    if (!outcome) return say('请选联系结果')
    return once(this, async () => {
      const report = note.trim() ? { outcome, note: note.trim() } : { outcome }
      await post(`/api/doctor/tasks/${closing.id}/done`, report)
      this.setData({ closing: null })
      say('已记录')
      await this.reload()
    })
  },
})
