const { get, post } = require('../../utils/api')
const { dayAndTime, longDay, today } = require('../../utils/days')
const { callResident } = require('../../utils/dialling')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const { personLine } = require('../../utils/people')
const { choicesOf } = require('../../utils/unsigned')

const TABS = [
  { code: 'todo', name: '待联系' },
  { code: 'noticed', name: '已告知' },
  { code: 'explained', name: '已登记' },
]

/** @param {any} row an Unsigned */
const asRow = (row) => ({
  ...row,
  person: personLine(row.resident),
  asked: row.contacts ? `已联系 ${row.contacts} 次，上次 ${dayAndTime(row.contacted_at)}` : '',
  why: row.reason ? `${row.reason.label}${row.reason.note ? '：' + row.reason.note : ''}，${longDay(row.reason.review_on)}复核` : '',
})

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    tabs: TABS, tab: 'todo', rows: [], next: '', choices: [], asking: null, code: '', note: '', diedOn: '', lastDay: '',
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
    return load(this, async () => {
      const answer = await get('/api/doctor/unsigned?tab=' + tab)
      // Another tab was tapped meanwhile: its own answer is on the way.
      if (tab !== this.data.tab) return {}
      return { rows: answer.items.map(asRow), next: answer.next || '', choices: choicesOf(answer.options) }
    })
  },

  more() {
    const { tab, next, rows } = this.data
    return once(this, async () => {
      const answer = await get(`/api/doctor/unsigned?tab=${tab}&cursor=${encodeURIComponent(next)}`)
      this.setData({ rows: rows.concat(answer.items.map(asRow)), next: answer.next || '' })
    })
  },

  /** @param {any} e */
  choose(e) {
    this.setData({ tab: e.currentTarget.dataset.code, rows: [], state: 'loading' })
    this.reload()
  },

  /** @param {any} e */
  callResident(e) {
    return callResident(this, e.currentTarget.dataset.resident)
  },

  signNow() {
    open('/pages/doctor/begin')
  },

  /** @param {any} e */
  ask(e) {
    const asking = this.data.rows.find((item) => item.id === e.currentTarget.dataset.id)
    this.setData({ asking, code: '', note: '', diedOn: today(), lastDay: today() })
  },

  stopAsking() {
    if (!this.data.busy) this.setData({ asking: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** Most results are on record with this tap; some need a word or a day first. @param {any} e */
  pick(e) {
    const { code } = e.currentTarget.dataset
    const { asking } = this.data
    if (code === 'notice') {
      this.setData({ asking: null })
      return open('/pages/doctor/notice?id=' + asking.id)
    }
    if (code === 'contact') return this.record(`/api/doctor/unsigned/${asking.id}/contact`, {})
    if (code === 'other' || code === 'deceased') return this.setData({ code })
    return this.record(`/api/doctor/unsigned/${asking.id}/reason`, { code })
  },

  /** @param {any} e */
  onNote(e) {
    this.setData({ note: e.detail.value })
  },

  /** @param {any} e */
  onDiedOn(e) {
    this.setData({ diedOn: e.detail.value })
  },

  async finish() {
    const { asking, code, note, diedOn } = this.data
    const path = `/api/doctor/unsigned/${asking.id}/reason`
    if (code === 'other') {
      if (!note.trim()) return say('请写明具体情况')
      return this.record(path, { code, note: note.trim() })
    }
    const sure = await confirm('登记去世', `${asking.person}\n${diedOn}\n登记后不再发送任何消息。`, '登记')
    return sure ? this.record(path, { code, died_on: diedOn }) : undefined
  },

  /** @param {string} path @param {any} report */
  record(path, report) {
    return once(this, async () => {
      await post(path, report)
      this.setData({ asking: null })
      say('已记录')
      await this.reload()
    })
  },
})
