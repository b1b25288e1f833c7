const { get, post } = require('../../utils/api')
const { asSupplement } = require('../../utils/agreements')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { signing } = require('../../utils/signing')

Page({
  ...shared,
  ...signing,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    id: '', supplement: '', one: null, isSigning: false, written: false,
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id, supplement: query.supplement })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const { items } = await get(`/api/agreements/${this.data.id}/supplements`)
      const found = items.find((/** @type {any} */ one) => one.id === this.data.supplement)
      if (!found) throw { title: '没有找到这份补充协议', code: 'not_found', status: 404 }
      return { one: asSupplement(found) }
    })
  },

  goSign() {
    this.setData({ isSigning: true, written: false })
    this.prepareSignature()
  },

  submit() {
    if (!this.isSigned()) return undefined
    const data = { text_sha256: this.data.one.text_sha256, signature: this.signature.picture() }
    return this.answer(`/api/supplements/${this.data.supplement}/sign`, data, '已签字，补充协议生效')
  },

  async decline() {
    const sure = await confirm('不同意', '不同意的话，原来的协议照常，什么都不变。确定吗？', '不同意')
    if (!sure) return undefined
    return this.answer(`/api/supplements/${this.data.supplement}/decline`, {}, '已答复不同意')
  },

  /** @param {string} path @param {any} data @param {string} word */
  answer(path, data, word) {
    return once(this, async () => {
      const one = asSupplement(await post(path, data))
      this.setData({ one, isSigning: false })
      say(word)
    })
  },
})
