// Containers, text, images and icons.
import { asset } from '../dom.js'
import { define, domOf, fire } from './define.js'
import { make } from '../dom.js'

const CONTAINERS = [
  'view', 'cover-view', 'movable-area', 'movable-view', 'root-portal', 'page-container', 'swiper-item', 'picker-view',
  'picker-view-column', 'match-media', 'ad', 'page-meta', 'navigation-bar', 'map', 'camera', 'editor', 'open-data',
  'official-account', 'live-player', 'live-pusher', 'keyboard-accessory', 'functional-page-navigator',
]
const OBJECT_FIT = { aspectFit: 'contain', aspectFill: 'cover', center: 'none', scaleToFill: 'fill' }
const ICONS = {
  success: '✔', success_no_circle: '✓', info: 'ℹ', warn: '⚠', waiting: '◷', cancel: '✕',
  download: '↓', search: '🔍', clear: '✖',
}

/** hover-class: on while the finger is down. */
function followHover(component, element) {
  element.addEventListener('pointerdown', () => {
    const names = (component.data.hoverClass || 'none').split(/\s+/).filter((name) => name && name !== 'none')
    const set = (on) => names.forEach((name) => component.classList?.toggle?.(name, on))
    set(true)
    addEventListener('pointerup', () => set(false), { once: true })
    addEventListener('pointercancel', () => set(false), { once: true })
  })
}

const image = {
  properties: {
    src: String, mode: { type: String, value: 'scaleToFill' }, lazyLoad: Boolean, showMenuByLongpress: Boolean,
  },
  init(component, element) {
    const loaded = () => {
      if (component.data.mode === 'widthFix') element.style.height = 'auto'
      if (component.data.mode === 'heightFix') element.style.width = 'auto'
      fire(component, 'load', { width: component._image.naturalWidth, height: component._image.naturalHeight })
    }
    const failed = () => fire(component, 'error', { errMsg: `GET ${component.data.src} fail` })
    component._image = make('img', { alt: '', onload: loaded, onerror: failed })
    element.append(component._image)
  },
  observers: {
    src(value) { this._image.src = asset(value) || 'data:,' },
    mode(value) {
      this._image.style.objectFit = OBJECT_FIT[value] || 'fill'
      if (value === 'widthFix') this._image.style.height = 'auto'
    },
  },
}

export function definePlainComponents() {
  const properties = { hoverClass: String, hoverStayTime: Number, hoverStartTime: Number, animation: null, itemId: String }
  for (const name of CONTAINERS) define(name, { properties, init: name === 'view' ? followHover : undefined })
  define('text', { properties: { selectable: Boolean, userSelect: Boolean, space: String, decode: Boolean } })
  define('image', image)
  define('cover-image', image)
  define('icon', {
    properties: { type: String, size: { type: Number, value: 23 }, color: String },
    observers: {
      'type, size, color'() {
        const { type, size, color } = this.data
        const element = domOf(this)
        element.textContent = ICONS[type] || ''
        element.style.fontSize = `${size}px`
        element.style.color = color || (type === 'warn' ? '#fa5151' : '#07c160')
      },
    },
  })
}
