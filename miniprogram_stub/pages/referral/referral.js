const { get, post } = require('../../utils/api')
const { confirm, load, once, say } = require('../../utils/feedback')
const { call, dress, shared } = require('../../utils/page')
const { asReferral } = require('../../utils/referrals')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', row: null },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => ({ row: asReferral(await get('/api/referrals/' + this.data.id)) }))
  },

  agree() {
    const { id, row } = this.data
    return once(this, async () => {
      const answer = await post(`/api/referrals/${id}/agree`, { text_sha256: row.text_sha256 })
      this.setData({ row: asReferral(answer) })
      say('已同意，医院答复后会通知您')
    })
  },

  async decline() {
    const sure = await confirm('不转诊', '确定不去这家医院了吗？之后还可以请家庭医生再开。', '不去了')
    if (!sure) return
    await once(this, async () => {
      this.setData({ row: asReferral(await post(`/api/referrals/${this.data.id}/decline`)) })
      say('已取消转诊')
    })
  },

  callDesk() {
    call(this.data.row.desk.phone)
  },

  callGreen() {
    call(this.data.row.desk.green_phone)
  },

  callTeam() {
    call(this.data.row.team.phone)
  },
})
