const { listAll } = require('../../utils/api')
const { dayAndTime } = require('../../utils/days')
const { load } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

const POLL_MS = 10000
/** @type {Record<string, string>} status → colour of its tag */
const TONES = { waiting_doctor: 'wait', with_doctor: 'good' }

/** @param {any} row a Conversation */
const asRow = (row) => ({
  ...row,
  tone: row.urgent ? 'bad' : TONES[row.status] || '',
  label: row.urgent ? '紧急 ' + row.status_label : row.status_label,
  when: dayAndTime(row.last_at),
  isLate: Boolean(row.due_at) && new Date(row.due_at) <= new Date(),
  due: row.due_at ? dayAndTime(row.due_at) : '',
})

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, rows: [] },
  /** @type {any} */
  timer: null,

  onShow() {
    dress(this)
    this.reload()
    clearInterval(this.timer)
    this.timer = setInterval(() => this.reload(), POLL_MS)
  },

  onHide() {
    clearInterval(this.timer)
  },

  onUnload() {
    clearInterval(this.timer)
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ rows: (await listAll('/api/doctor/conversations', 3)).map(asRow) }))
  },

  /** @param {any} e */
  openConversation(e) {
    open('/pages/doctor/conversation?id=' + e.currentTarget.dataset.id)
  },
})
