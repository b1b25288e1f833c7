const { listAll, post } = require('../../utils/api')
const { shortDay } = require('../../utils/days')
const { callResident } = require('../../utils/dialling')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

const RESULTS = [
  { code: 'attended', name: '已就诊' },
  { code: 'admitted', name: '已住院' },
  { code: 'not_attended', name: '没有去' },
  { code: 'refused', name: '不愿意去' },
  { code: 'unknown', name: '问不到' },
]

/** @param {any} row a referral to ask about */
const asRow = (row) => ({ ...row, day: shortDay(row.due_on) })

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, rows: [], results: RESULTS, asking: null, result: '', note: '' },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ rows: (await listAll('/api/doctor/referral-checks', 5)).map(asRow) }))
  },

  /** @param {any} e */
  callResident(e) {
    return callResident(this, e.currentTarget.dataset.resident)
  },

  /** @param {any} e */
  start(e) {
    this.setData({ asking: this.data.rows.find((row) => row.id === e.currentTarget.dataset.id), result: '', note: '' })
  },

  stop() {
    if (!this.data.busy) this.setData({ asking: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e */
  pick(e) {
    this.setData({ result: e.currentTarget.dataset.code })
  },

  /** @param {any} e */
  onNote(e) {
    this.setData({ note: e.detail.value })
  },

  answer() {
    const { asking, result, note } = this.data
    if (!result) return say('请选转诊结果')
    return once(this, async () => {
      await post(`/api/doctor/referral-checks/${asking.id}/answer`, note.trim() ? { result, note: note.trim() } : { result })
      this.setData({ asking: null })
      await this.reload()
      say('已记录')
    })
  },
})
