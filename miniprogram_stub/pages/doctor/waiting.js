const { listAll, post } = require('../../utils/api')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { personLine } = require('../../utils/people')
const { asCard, placeInLine } = require('../../utils/waiting')

const PRIORITIES = [
  { value: 1, name: '急需' },
  { value: 2, name: '优先' },
  { value: 3, name: '普通' },
]

/** @param {any} row a Waiting of one of my residents */
const asRow = (row) => ({
  ...asCard(row),
  personLine: personLine(row.resident),
  place: placeInLine(row.ahead).replace('您前面', '前面').replace('您', '这位居民'),
})

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    rows: [], asking: null, priorities: PRIORITIES, priority: 3, reason: '',
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ rows: (await listAll('/api/doctor/waiting')).map(asRow) }))
  },

  /** @param {any} e */
  ask(e) {
    const row = this.data.rows.find((/** @type {any} */ item) => item.id === e.currentTarget.dataset.id)
    this.setData({ asking: row, priority: row.priority, reason: row.priority_reason || '' })
  },

  /** @param {any} e */
  choose(e) {
    this.setData({ priority: Number(e.currentTarget.dataset.value) })
  },

  /** @param {any} e */
  onReason(e) {
    this.setData({ reason: e.detail.value })
  },

  stop() {
    if (!this.data.busy) this.setData({ asking: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  send() {
    const { asking, priority, reason } = this.data
    if (priority < 3 && !reason.trim()) return say('请写明为什么需要优先')
    return once(this, async () => {
      await post(`/api/doctor/waiting/${asking.id}/priority`, { priority, reason: priority < 3 ? reason.trim() : '' })
      this.setData({ asking: null })
      say('已调整')
      await this.reload()
    })
  },
})
