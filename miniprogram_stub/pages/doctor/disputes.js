const { listAll, post } = require('../../utils/api')
const { shortDay } = require('../../utils/days')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

/** @param {any} row a Dispute */
const asRow = (row) => ({ ...row, due: shortDay(row.answer_by_on) })

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, rows: [],
    answering: null, verdict: '', reply: '',
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ rows: (await listAll('/api/doctor/disputes', 5)).map(asRow) }))
  },

  /** @param {any} e */
  startAnswering(e) {
    const answering = this.data.rows.find((/** @type {any} */ item) => item.id === e.currentTarget.dataset.id)
    this.setData({ answering, verdict: '', reply: '' })
  },

  stopAnswering() {
    if (!this.data.busy) this.setData({ answering: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e */
  pickVerdict(e) {
    this.setData({ verdict: e.currentTarget.dataset.verdict })
  },

  /** @param {any} e */
  onReply(e) {
    this.setData({ reply: e.detail.value })
  },

  answer() {
    const { answering, verdict, reply } = this.data
    if (!verdict) return say('请选核实的结果')
    if (!reply.trim()) return say('请写明核实的结果')
    return once(this, async () => {
      await post(`/api/doctor/disputes/${answering.id}/answer`, { upheld: verdict === 'upheld', reply: reply.trim() })
      this.setData({ answering: null })
      say('已答复')
      await this.reload()
    })
  },
})
