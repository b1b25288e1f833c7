const { listAll, post } = require('../../utils/api')
const { longDay } = require('../../utils/days')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { personLine } = require('../../utils/people')

const TABS = [
  { tab: 0, name: '待答复' },
  { tab: 1, name: '已转入' },
]

/** @param {any} row a DoctorChange */
const asRow = (row) => ({
  ...row,
  person: personLine(row.resident),
  answerBy: longDay(row.answer_by_on),
  what: (row.state === 'done' ? '' : '想') + (row.direction === 'in' ? `从${row.from_team}转来` : `转到${row.to_team}`),
})

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    tabs: TABS, tab: 0, rows: [], answering: null, refusing: false, note: '',
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    const { tab } = this.data
    const rows = tab === 0 ? listAll('/api/doctor/changes') : listAll('/api/doctor/changes/received')
    return load(this, async () => ({ rows: (await rows).map(asRow) }))
  },

  /** @param {any} e */
  choose(e) {
    this.setData({ tab: Number(e.currentTarget.dataset.tab), rows: [], state: 'loading' })
    this.reload()
  },

  /** @param {any} e */
  answer(e) {
    const row = this.data.rows.find((/** @type {any} */ item) => item.id === e.currentTarget.dataset.id)
    this.setData({ answering: row, refusing: e.currentTarget.dataset.no === 'yes', note: '' })
  },

  /** @param {any} e */
  onNote(e) {
    this.setData({ note: e.detail.value })
  },

  stop() {
    if (!this.data.busy) this.setData({ answering: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  send() {
    const { answering, refusing, note } = this.data
    if (refusing && !note.trim()) return say('请写明原因，居民会看到')
    return once(this, async () => {
      if (refusing) await post(`/api/doctor/changes/${answering.id}/refuse`, { note: note.trim() })
      else await post(`/api/doctor/changes/${answering.id}/agree`, { handover_note: note.trim() })
      this.setData({ answering: null })
      say(refusing ? '已答复不同意，居民会收到通知' : '已同意')
      await this.reload()
    })
  },
})
