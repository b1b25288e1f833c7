const { get, post } = require('../../utils/api')
const { longDay } = require('../../utils/days')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

/** @param {any} row an Authority */
const asRight = (row) => ({
  ...row,
  tone: row.state === 'certified' && row.state_label === '有效' ? 'good' : 'wait',
  period: row.valid_to ? `${longDay(row.valid_from)} 至 ${longDay(row.valid_to)}` : `${longDay(row.valid_from)} 起`,
})

/** @param {any} family */
const asPage = (family) => ({
  home: family.household,
  conditionWanted: family.condition_wanted,
  invitations: family.invitations,
  mine: family.mine.map(asRight),
  about: family.about_me.map(asRight),
})

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    home: null, invitations: [], mine: [], about: [], conditionWanted: false, writing: '', condition: '',
  },

  onShow() {
    dress(this)
    this.reload()
  },

  reload() {
    return load(this, async () => asPage(await get('/api/family')))
  },

  /** @param {any} e */
  go(e) {
    open(e.currentTarget.dataset.url)
  },

  make() {
    return once(this, async () => {
      await post('/api/family/household', {})
      await this.reload()
    })
  },

  /** @param {any} e */
  join(e) {
    const { id } = e.currentTarget.dataset
    return once(this, async () => this.setData(asPage(await post(`/api/family/members/${id}/answer`, { yes: true }))))
  },

  /** @param {any} e */
  decline(e) {
    const { id } = e.currentTarget.dataset
    return once(this, async () => this.setData(asPage(await post(`/api/family/members/${id}/answer`, { yes: false }))))
  },

  /** @param {any} e */
  startCondition(e) {
    const { id, text } = e.currentTarget.dataset
    this.setData({ writing: id, condition: text || '' })
  },

  /** @param {any} e */
  onCondition(e) {
    this.setData({ condition: e.detail.value })
  },

  saveCondition() {
    const { writing, condition } = this.data
    return once(this, async () => {
      const home = await post(`/api/family/members/${writing}/condition`, { text: condition.trim() })
      this.setData({ home, writing: '' })
      say('已保存，签约时写入协议')
    })
  },

  /** @param {any} e */
  async remove(e) {
    const { id, name, me } = e.currentTarget.dataset
    const what = me ? '您将不再是这个家庭的成员。' : `${name} 将不再是这个家庭的成员。`
    const sure = await confirm(me ? '退出家庭' : '移出家庭', what, '确定')
    if (!sure) return
    await once(this, async () => this.setData(asPage(await post(`/api/family/members/${id}/remove`))))
  },

  /** @param {any} e */
  async makeHead(e) {
    const { id, name } = e.currentTarget.dataset
    const sure = await confirm('更换户主', `${name} 将成为户主，由户主添加和移出家人。`, '确定')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/family/members/${id}/head`)
      await this.reload()
    })
  },

  /** @param {any} e */
  grant(e) {
    return this.answerRight(e.currentTarget.dataset.id, true)
  },

  /** @param {any} e */
  deny(e) {
    return this.answerRight(e.currentTarget.dataset.id, false)
  },

  /** @param {string} id @param {boolean} yes */
  answerRight(id, yes) {
    return once(this, async () => {
      await post(`/api/family/authorities/${id}/answer`, { yes })
      await this.reload()
    })
  },

  /** @param {any} e */
  async revoke(e) {
    const sure = await confirm('撤销代签', '撤销后，从现在起不能再代签。已签的协议不受影响。', '撤销')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/family/authorities/${e.currentTarget.dataset.id}/revoke`)
      await this.reload()
    })
  },
})
