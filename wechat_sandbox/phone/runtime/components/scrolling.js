// scroll-view and swiper.
import { MP } from '../config.js'
import { make } from '../dom.js'
import { define, domOf, fire, mirror } from './define.js'

const SETTLED_MS = 80

function watchScrollView(component, element) {
  let atBottom = false
  element.addEventListener('scroll', () => {
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth } = element
    fire(component, 'scroll', { scrollTop, scrollLeft, scrollHeight, scrollWidth })
    const isAtBottom = scrollHeight - element.clientHeight - scrollTop <= component.data.lowerThreshold
    if (isAtBottom && !atBottom) fire(component, 'scrolltolower', { direction: 'bottom' })
    atBottom = isAtBottom
    if (scrollTop <= component.data.upperThreshold) fire(component, 'scrolltoupper', { direction: 'top' })
  })
}

function defineScrollView() {
  define('scroll-view', {
    properties: {
      scrollX: Boolean, scrollY: Boolean, scrollTop: { type: Number, value: 0 }, scrollLeft: Number,
      scrollIntoView: String, scrollWithAnimation: Boolean, lowerThreshold: { type: Number, value: 50 },
      upperThreshold: { type: Number, value: 50 }, refresherEnabled: Boolean, refresherTriggered: Boolean,
      enhanced: Boolean, enableFlex: Boolean, showScrollbar: Boolean, type: String,
    },
    init: watchScrollView,
    observers: {
      ...mirror('scrollX', 'scrollY'),
      scrollTop(value) { domOf(this).scrollTop = value },
      scrollLeft(value) { domOf(this).scrollLeft = value },
      scrollIntoView(id) {
        if (!id) return
        const behavior = this.data.scrollWithAnimation ? 'smooth' : 'auto'
        // the item may only be rendered by the same setData
        setTimeout(() => domOf(this).querySelector(`#${CSS.escape(id)}`)?.scrollIntoView({ behavior }), 0)
      },
    },
  })
}

/** Slides by the browser's scroll snapping; `current` follows the scroll position. */
function initSwiper(component, element) {
  let current = 0
  let settle = 0
  const dots = make('div', { className: 'mp-dots' })
  const track = () => element.querySelector('.mp-track')
  const length = () => element.querySelectorAll(':scope > .mp-track > wx-swiper-item').length
  const drawDots = () => {
    dots.hidden = !component.data.indicatorDots
    dots.replaceChildren(...Array.from({ length: length() }, (_, index) => make('i', { className: index === current ? 'on' : '' })))
  }
  const settled = () => {
    const { clientHeight, clientWidth, scrollLeft, scrollTop } = track()
    const index = Math.round(component.data.vertical ? scrollTop / clientHeight : scrollLeft / clientWidth)
    if (index === current) return
    current = index
    drawDots()
    fire(component, 'change', { current, source: 'touch' })
  }
  component._goTo = (index) => {
    const box = track()
    const { vertical } = component.data
    box?.scrollTo({ left: vertical ? 0 : index * box.clientWidth, top: vertical ? index * box.clientHeight : 0 })
  }
  // the track is rendered only after the component is created
  setTimeout(() => {
    const box = track()
    element.append(dots)
    if (!box) return
    box.classList.toggle('mp-v', Boolean(component.data.vertical))
    box.addEventListener('scroll', () => {
      clearTimeout(settle)
      settle = setTimeout(settled, SETTLED_MS)
    })
    if (component.data.current) component._goTo(component.data.current)
    drawDots()
    new MutationObserver(drawDots).observe(box, { childList: true })
    startAutoplay(component, element, () => component._goTo((current + 1) % length()), length)
  }, 0)
}

function startAutoplay(component, element, next, length) {
  const timer = setInterval(() => {
    if (!element.isConnected) clearInterval(timer)
    else if (component.data.autoplay && length()) next()
  }, component.data.interval)
}

function defineSwiper() {
  define('swiper', {
    template: MP.builtinTemplates?.swiper,
    properties: {
      indicatorDots: Boolean, indicatorColor: String, indicatorActiveColor: String, autoplay: Boolean,
      interval: { type: Number, value: 5000 }, current: Number, duration: Number, circular: Boolean, vertical: Boolean,
      nextMargin: String, previousMargin: String, displayMultipleItems: Number, currentItemId: String, easingFunction: String,
    },
    init: initSwiper,
    observers: { current(index) { this._goTo?.(index) } },
  })
}

export function defineScrolling() {
  defineScrollView()
  defineSwiper()
}
