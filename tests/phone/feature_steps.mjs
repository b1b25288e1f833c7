// Language features of WXML, WXSS, WXS and Component(): node feature_steps.mjs <built folder> [--touch]
import assert from 'node:assert/strict'
import { ACTIVE, Steps, drag, launch } from './browser.mjs'

const [folder] = process.argv.slice(2)
const touch = process.argv.includes('--touch')
const steps = new Steps()
const browser = await launch()
const context = await browser.newContext({ viewport: { width: 375, height: 900 }, hasTouch: touch })
const page = steps.watch(await context.newPage())
await page.goto(`file://${folder}/index.html#/pages/a/a?x=1`)
await page.locator(`${ACTIVE}#uid`).waitFor()
await page.waitForFunction(() => window.__MPWEB__.ready)

const hit = (selector) => page.locator(ACTIVE + selector).first()[touch ? 'tap' : 'click']()
const text = (selector) => page.locator(ACTIVE + selector).first().innerText()
const style = (selector, name) => page.locator(ACTIVE + selector).first()
  .evaluate((element, property) => getComputedStyle(element)[property], name)
/** Evaluates `read(page object)` in the browser. */
const current = (read) => page.evaluate(`(${read})(__MPWEB__.getCurrentPages().at(-1))`)

await steps.run('text, expressions, WXS', async () => assert.equal(await text('#uid'), 'n=1 len=2 d=0 r=true Y deep k1'))
await steps.run('import and include', async () => {
  assert.equal(await text('.tt'), 'T:2')
  assert.equal(await text('.inc'), 'INC m')
})
await steps.run('wx:for over an object', async () =>
  assert.deepEqual(await page.locator(`${ACTIVE}.ob`).allInnerTexts(), ['q=1', 'w=2']))
await steps.run('hidden', async () => assert.equal(await page.locator('#hid').isVisible(), false))
await steps.run('WXSS: import, id, rpx, tags', async () => {
  assert.equal(await style('#uid', 'color'), 'rgb(4, 5, 6)')
  assert.equal(await style('.pa2', 'height'), '5px')
  assert.equal(await page.locator('wx-page').evaluate((element) => getComputedStyle(element).paddingTop), '3px')
})
await steps.run('rpx in an inline style', async () => assert.equal(await style('.pa2', 'width'), '50px'))
await steps.run('class given as a list', async () =>
  assert.equal(await page.locator(`${ACTIVE}.pa2`).getAttribute('class'), 'a b pa2'))
await steps.run('isolation: the same class inside and outside', async () => {
  assert.equal(await style('wx-view[class$="--x"]', 'color'), 'rgb(10, 20, 30)')
  assert.equal(await style('x-comp.x', 'color'), 'rgb(9, 9, 9)')
})
await steps.run('apply-shared and :host', async () => {
  assert.equal(await style('g-comp wx-view', 'color'), 'rgb(1, 2, 3)')
  assert.equal(await style('g-comp wx-view', 'fontWeight'), '700')
  assert.equal(await style('g-comp', 'borderTopColor'), 'rgb(1, 1, 1)')
})
await steps.run('order of several slots', async () =>
  assert.deepEqual((await text('g-comp')).split(/\s+/), ['SLOT2', 'B', 'SLOT1']))
await steps.run('order of lifetimes', async () => {
  const order = await current('(it) => it.order')
  assert.deepEqual(order.slice(0, 2), ['created', 'attached'])
  assert.deepEqual([...order].sort(), ['attached', 'created', 'onLoad', 'onReady', 'onShow', 'ready', 'show'])
  assert.ok(order.indexOf('onLoad') < order.indexOf('onShow') && order.indexOf('onShow') < order.indexOf('onReady'))
})
await steps.run('query, behavior, observers', async () => {
  const seen = await current('(it) => [it.q, it.behM(), it.data.fromBeh, it.__battached]')
  assert.deepEqual(seen, [{ x: '1' }, 'behM', 1, true])
})
await steps.run('relations, selectComponent, generics', async () => {
  const seen = await current(`(it) => [
    it.selectComponent("#pc").kids(), it.selectAllComponents(".x").map((x) => x.pub()), it.selectComponent(".x").linkedP]`)
  assert.deepEqual(seen, [2, ['pub:k0', 'pub:k1'], true])
  assert.match(await text('p-comp'), /X:k0\s*X:k1\s*X:generic/)
})
await steps.run('events: capture, catch, mark, dataset', async () => {
  await hit('#inner')
  const [first, second, mark, dataset, target] = await current('(it) => it.log')
  assert.deepEqual([first, second, target], ['cap', 'inner', 'inner'])
  assert.deepEqual(JSON.parse(mark), { m1: 'mk', m2: 1 })
  assert.deepEqual(JSON.parse(dataset), { aB: '1', foobar: '2' })
})
await steps.run('events bubble', async () => {
  await hit('#bub')
  assert.deepEqual(await current('(it) => it.log'), ['cap', 'bub', 'outer'])
})
await steps.run('own events of a component', async () => {
  await page.locator(`${ACTIVE}x-comp`).nth(1)[touch ? 'tap' : 'click']()
  assert.deepEqual(await current('(it) => it.ev'), { l: 'k1' })
})
await steps.run('setData with paths, callback, observers', async () => {
  await hit('#upd')
  await page.waitForFunction(() => window.__MPWEB__.getCurrentPages().at(-1).cb === 'cb')
  assert.deepEqual(await current('(it) => [it.obs, it.obs2, it.data.arr[2]]'), [[5, 'new'], 'z', 1])
  assert.equal(await text('#uid'), 'n=5 len=2 d=0 r=true Y new k1')
  assert.equal(await page.locator('#hid').isVisible(), true)
})
await steps.run('drawing on a canvas gives touches with x and y', async () => {
  const box = await page.locator(`${ACTIVE}#sign`).boundingBox()
  await drag(page, touch, [box.x + 10, box.y + 20], [box.x + 40, box.y + 30])
  const log = await current('(it) => it.touchLog')
  assert.deepEqual(log[0], ['touchstart', 10, 20])
  assert.deepEqual(log.at(-1), ['touchend', 40, 30])
  assert.ok(log.some(([type]) => type === 'touchmove'))
})
await steps.run('toDataURL and canvasToTempFilePath of a canvas node', async () => {
  const [url, file] = await page.evaluate(() => new Promise((resolve) => {
    const { wx } = window.__MPWEB__
    wx.createSelectorQuery().select('#sign').fields({ node: true, size: true }).exec(async ([{ node, width, height }]) => {
      Object.assign(node, { width, height })
      node.getContext('2d').fillRect(0, 0, 9, 9)
      const { tempFilePath } = await wx.canvasToTempFilePath({ canvas: node })
      const { width: fileWidth } = await wx.getImageInfo({ src: tempFilePath })
      resolve([node.toDataURL('image/png'), [tempFilePath.slice(0, 5), fileWidth === Math.floor(width)]])
    })
  }))
  assert.match(url, /^data:image\/png;base64,iVBOR/)
  assert.deepEqual(file, ['blob:', true])
})
await steps.run('a page of a subpackage; query as properties', async () => {
  await hit('#go')
  await page.locator(`${ACTIVE}.b`).waitFor()
  assert.equal(await text('.b'), 'id=7 name=中 文& sub')
})
await steps.run('getApp', async () => assert.equal(await page.evaluate(() => window.__MPWEB__.getApp().hello()), 'hi1'))

await browser.close()
process.exit(steps.finish())
