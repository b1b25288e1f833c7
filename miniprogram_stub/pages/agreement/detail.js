const { get, post } = require('../../utils/api')
const { asCard, asSupplement } = require('../../utils/agreements')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, call, open, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', card: null, others: [], showText: false, supplements: [], waiting: null },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    const path = '/api/agreements/' + this.data.id
    return load(this, async () => {
      const [agreement, { items }] = await Promise.all([get(path), get(path + '/supplements')])
      const supplements = items.map(asSupplement)
      const others = agreement.wants_other_teams ? (await get(`/api/agreements/${this.data.id}/other-teams`)).items : []
      return { card: asCard(agreement), others, supplements, waiting: supplements.find((/** @type {any} */ one) => one.waits) || null }
    })
  },

  toggleText() {
    this.setData({ showText: !this.data.showText })
  },

  callTeam() {
    call(this.data.card.team.phone)
  },

  goRenew() {
    open('/pages/renew/renew?id=' + this.data.id)
  },

  goConfirm() {
    open('/pages/renew/confirm?id=' + this.data.id)
  },

  goCopy() {
    open('/pages/agreement/copy?id=' + this.data.id)
  },

  goConsents() {
    open('/pages/agreement/consents?id=' + this.data.id)
  },

  /** @param {any} e */
  goSupplement(e) {
    open(`/pages/agreement/supplement?id=${this.data.id}&supplement=${e.currentTarget.dataset.id}`)
  },

  goChange() {
    open('/pages/change/change?id=' + this.data.id)
  },

  goSign() {
    const { team, package: chosen } = this.data.card
    open(`/pages/sign/sign?team=${team.id}&package=${chosen.id}`)
  },

  /** @param {any} e */
  goTeam(e) {
    open('/pages/teams/detail?id=' + e.currentTarget.dataset.id)
  },

  async takeBackChange() {
    const sure = await confirm('撤回更换申请', '撤回后，还由现在的团队服务。确定撤回吗？', '撤回')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/agreements/${this.data.id}/change/withdraw`)
      say('已撤回，团队不变')
      await this.reload()
    })
  },

  goEnding() {
    open('/pages/ending/ending?id=' + this.data.id)
  },

  async takeBack() {
    const sure = await confirm('撤回解约申请', '撤回后，团队继续为您服务。确定撤回吗？', '撤回')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/agreements/${this.data.id}/termination/withdraw`)
      say('已撤回，继续服务')
      await this.reload()
    })
  },

  async withdraw() {
    const sure = await confirm('撤回申请', '撤回后可以重新选择团队。确定撤回吗？', '撤回')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/agreements/${this.data.id}/withdraw`)
      say('已撤回')
      await this.reload()
    })
  },
})
