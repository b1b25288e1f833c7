const { listAll, post } = require('../../utils/api')
const { asCard } = require('../../utils/agreements')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const { personLine } = require('../../utils/people')

const FILTERS = [
  { status: 'pending_team', name: '待答复' },
  { status: 'active', name: '服务中' },
  { status: 'ending', name: '快到期' },
  { status: 'reconfirm', name: '待续约' },
  { status: 'lapsed', name: '未续签' },
]
const REASONS = [
  { code: 'cap_full', name: '名额已满' },
  { code: 'out_of_area', name: '不在服务区' },
  { code: 'data_wrong', name: '资料有误' },
  { code: 'other', name: '其他' },
]

const UNSEEN = ['unverified', 'failed']

/** @param {any} row a PanelAgreement */
const asRow = (row) => ({
  ...asCard(row),
  person: personLine(row.resident),
  mustConfirm: row.status === 'auto_renewed_unconfirmed' && !row.team_confirmed,
})

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    filters: FILTERS, reasons: REASONS, status: 'pending_team', rows: [], rejecting: null, reason: '', note: '',
  },

  /** @param {any} query */
  onLoad(query) {
    if (query.status) this.setData({ status: query.status })
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    const { status } = this.data
    return load(this, async () => {
      const rows = await listAll('/api/doctor/agreements?status=' + status)
      // Another filter was tapped meanwhile: its own answer is on the way.
      return status === this.data.status ? { rows: rows.map(asRow) } : {}
    })
  },

  /** @param {any} e */
  choose(e) {
    this.setData({ status: e.currentTarget.dataset.status, rows: [], state: 'loading' })
    this.reload()
  },

  /** @param {any} e */
  row(e) {
    return this.data.rows.find((item) => item.id === e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  async accept(e) {
    const row = this.row(e)
    const longer = row.is_extended ? `\n期限${row.term_months}个月，超过一般最长期限，同意即确认延长` : ''
    const unseen = UNSEEN.includes(row.resident.real_name_state)
    const asked = unseen ? '\n身份未核验：请确认您已核对证件原件' : ''
    const sure = await confirm('同意签约', `${row.person}\n${row.package.name}${longer}${asked}`, '同意')
    if (!sure) return
    await once(this, async () => {
      if (unseen) await post(`/api/doctor/agreements/${row.id}/seen`)
      await post(`/api/doctor/agreements/${row.id}/accept` + (row.is_extended ? '?confirms_extension=true' : ''))
      say('已同意，居民会收到通知')
      await this.reload()
    })
  },

  /** One tap: the agreement went on by itself, nothing is decided for somebody else. @param {any} e */
  confirmRenewal(e) {
    const { id } = e.currentTarget.dataset
    return once(this, async () => {
      await post(`/api/doctor/agreements/${id}/renewal/confirm`)
      say('已确认续约')
      await this.reload()
    })
  },

  /** @param {any} e */
  openAgreement(e) {
    open('/pages/doctor/agreement?id=' + e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  async acceptJoint(e) {
    const row = this.row(e)
    const sure = await confirm('同意全家签约', `一次签名的 ${row.joint_size} 人一起同意`, '同意')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/doctor/joint/${row.joint_id}/accept`)
      say('已同意，居民会收到通知')
      await this.reload()
    })
  },

  /** @param {any} e */
  witness(e) {
    return once(this, async () => {
      await post(`/api/doctor/agreements/${this.row(e).id}/witness`)
      say('已记下您的见证')
      await this.reload()
    })
  },

  /** @param {any} e */
  askReason(e) {
    this.setData({ rejecting: this.row(e), reason: '' })
  },

  /** @param {any} e */
  pickReason(e) {
    this.setData({ reason: e.currentTarget.dataset.code })
  },

  /** @param {any} e */
  onNote(e) {
    this.setData({ note: e.detail.value })
  },

  stopRejecting() {
    if (!this.data.busy) this.setData({ rejecting: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  reject() {
    const { rejecting, reason, note } = this.data
    if (!reason) return say('请选一个原因')
    if (reason === 'other' && !note.trim()) return say('请写明原因，居民会看到')
    return once(this, async () => {
      await post(`/api/doctor/agreements/${rejecting.id}/reject`, { reason_code: reason, note: note.trim() })
      this.setData({ rejecting: null, note: '' })
      say('已拒绝，居民会收到通知')
      await this.reload()
    })
  },
})
