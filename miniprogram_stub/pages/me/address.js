const { get, listAll, post } = require('../../utils/api')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    label: '', path: [], here: '', rows: [], address: '',
  },

  onLoad() {
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const known = await get('/api/me/address')
      return { label: known.label, ...(await this.inside(this.data.path)) }
    })
  },

  /** @param {any[]} path the areas chosen so far, the largest first */
  async inside(path) {
    const last = path[path.length - 1]
    const rows = last && last.is_smallest ? [] : await listAll('/api/areas' + (last ? '?parent=' + last.code : ''))
    return { path, rows, here: path.map((area) => area.name).join('') }
  },

  /** @param {any} e */
  pick(e) {
    const area = this.data.rows.find((/** @type {any} */ item) => item.code === e.currentTarget.dataset.code)
    return once(this, async () => this.setData(await this.inside([...this.data.path, area])))
  },

  up() {
    return once(this, async () => this.setData(await this.inside(this.data.path.slice(0, -1))))
  },

  /** @param {any} e */
  onAddress(e) {
    this.setData({ address: e.detail.value })
  },

  save() {
    const { path, address } = this.data
    return once(this, async () => {
      const known = await post('/api/me/address', { code: path[path.length - 1].code, address: address.trim() })
      this.setData({ label: known.label, address: '', ...(await this.inside([])) })
      wx.pageScrollTo({ scrollTop: 0, duration: 0 })
      say('住址已保存')
    })
  },
})
