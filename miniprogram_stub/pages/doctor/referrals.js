const { get, post } = require('../../utils/api')
const { callResident } = require('../../utils/dialling')
const { load, once, say } = require('../../utils/feedback')
const { call, dress, shared } = require('../../utils/page')
const { asReferral } = require('../../utils/referrals')

const TABS = [
  { code: 'waiting', name: '待答复' },
  { code: 'hospital', name: '医院中' },
  { code: 'down', name: '下转' },
  { code: 'over', name: '已结束' },
]

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, tabs: TABS, tab: 'waiting', rows: [], next: '',
    opened: null, reason: '', isEnding: false, diagnosis: '', caller: '', phone: '',
  },

  /** @param {any} query */
  onLoad(query) {
    if (TABS.some((one) => one.code === query.tab)) this.setData({ tab: query.tab })
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
      const answer = await get('/api/doctor/referrals?tab=' + tab)
      // Another tab was tapped meanwhile: its own answer is on the way.
      return tab === this.data.tab ? { rows: answer.items.map(asReferral), next: answer.next || '' } : {}
    })
  },

  more() {
    const { tab, next, rows } = this.data
    return once(this, async () => {
      const answer = await get(`/api/doctor/referrals?tab=${tab}&cursor=${encodeURIComponent(next)}`)
      this.setData({ rows: rows.concat(answer.items.map(asReferral)), next: answer.next || '' })
    })
  },

  /** @param {any} e */
  choose(e) {
    this.setData({ tab: e.currentTarget.dataset.code, rows: [], state: 'loading' })
    this.reload()
  },

  /** @param {any} e */
  openOne(e) {
    const { id } = e.currentTarget.dataset
    return once(this, async () => {
      const opened = asReferral(await get('/api/doctor/referrals/' + id))
      this.setData({ opened, reason: '', isEnding: false, diagnosis: '', caller: '', phone: '' })
    })
  },

  shut() {
    if (!this.data.busy) this.setData({ opened: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e */
  onField(e) {
    this.setData({ [e.currentTarget.dataset.field]: e.detail.value })
  },

  receive() {
    return this.record(`/api/doctor/referrals/${this.data.opened.id}/receive`, {}, '已接收，请在时限内随访')
  },

  register() {
    const { diagnosis, caller, phone } = this.data
    if (!diagnosis.trim() || !caller.trim() || !phone.trim()) return say('请填写诊断、报告人和电话')
    const told = { diagnosis: diagnosis.trim(), caller: caller.trim(), caller_phone: phone.trim() }
    return this.record(`/api/doctor/referrals/${this.data.opened.id}/register`, told, '已补办登记')
  },

  startEnding() {
    this.setData({ isEnding: true })
  },

  end() {
    const { reason } = this.data
    if (!reason.trim()) return say('请写明终止的原因')
    return this.record(`/api/doctor/referrals/${this.data.opened.id}/terminate`, { reason: reason.trim() }, '已终止')
  },

  /** @param {string} path @param {any} report @param {string} said */
  record(path, report, said) {
    return once(this, async () => {
      await post(path, report)
      this.setData({ opened: null })
      say(said)
      await this.reload()
    })
  },

  callDesk() {
    call(this.data.opened.desk.phone)
  },

  /** @param {any} e */
  callResident(e) {
    return callResident(this, e.currentTarget.dataset.resident)
  },
})
