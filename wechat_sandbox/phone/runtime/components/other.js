// navigator, progress, canvas, web-view, video and audio.
import { asset, make } from '../dom.js'
import { wx } from '../wx_object.js'
import { define, fire, mirror } from './define.js'

const OPEN = {
  navigate: ({ url }) => wx.navigateTo({ url }),
  redirect: ({ url }) => wx.redirectTo({ url }),
  switchTab: ({ url }) => wx.switchTab({ url }),
  reLaunch: ({ url }) => wx.reLaunch({ url }),
  navigateBack: ({ delta }) => wx.navigateBack({ delta }),
}

function defineNavigator() {
  define('navigator', {
    properties: {
      url: String, openType: { type: String, value: 'navigate' }, delta: { type: Number, value: 1 }, target: String,
      hoverClass: String, appId: String, path: String,
    },
    init(component, element) {
      element.setAttribute('role', 'link')
      component.addListener('tap', () => {
        const { data } = component
        if (data.target === 'miniProgram') wx.navigateToMiniProgram({ appId: data.appId, path: data.path })
        else OPEN[data.openType]?.(data)?.catch((error) => console.error(error.errMsg))
      })
    },
  })
}

function defineProgress() {
  define('progress', {
    properties: {
      percent: Number, showInfo: Boolean, activeColor: String, backgroundColor: String, strokeWidth: Number, color: String,
    },
    init(component, element) {
      component._fill = make('i')
      component._info = make('span')
      element.append(make('div', { className: 'bar' }, component._fill), component._info)
    },
    observers: {
      'percent, showInfo, activeColor, color'() {
        const { percent, showInfo, activeColor, color } = this.data
        this._fill.style.width = `${percent}%`
        this._fill.style.background = activeColor || color || ''
        this._info.textContent = showInfo ? `${percent}%` : ''
      },
    },
  })
}

function defineCanvas() {
  define('canvas', {
    properties: { type: String, canvasId: String, disableScroll: Boolean },
    init(component, element) {
      const canvas = make('canvas')
      element.append(canvas)
      // a mini-program has no global Image or requestAnimationFrame; its canvas lends them
      Object.assign(canvas, {
        createImage: () => new Image(),
        requestAnimationFrame: (work) => requestAnimationFrame(work),
        cancelAnimationFrame: (id) => cancelAnimationFrame(id),
      })
    },
    observers: mirror('disableScroll'),
  })
}

function defineMedia() {
  define('web-view', {
    properties: { src: String },
    init(component, element) {
      component._frame = make('iframe', { title: 'web-view' })
      component._frame.addEventListener('load', () => fire(component, 'load', { src: component.data.src }))
      element.append(component._frame)
    },
    observers: { src(value) { this._frame.src = value } },
  })
  for (const tag of ['video', 'audio']) {
    define(tag, {
      properties: { src: String, controls: { type: Boolean, value: true }, autoplay: Boolean, loop: Boolean, poster: String },
      init(component, element) {
        component._media = make(tag, { controls: true, style: 'width:100%' })
        element.append(component._media)
      },
      observers: { src(value) { this._media.src = asset(value) } },
    })
  }
}

export function defineOther() {
  defineNavigator()
  defineProgress()
  defineCanvas()
  defineMedia()
}
