// The event channel between a page and the one it opened.

function eventBus() {
  const listeners = new Map()
  const of = (name) => listeners.get(name) || []
  const bus = {
    on(name, listener) { listeners.set(name, [...of(name), listener]) },
    once(name, listener) {
      const wrapped = (...args) => {
        bus.off(name, wrapped)
        listener(...args)
      }
      bus.on(name, wrapped)
    },
    off(name, listener) { listeners.set(name, listener ? of(name).filter((other) => other !== listener) : []) },
    emit(name, ...args) { for (const listener of of(name)) listener(...args) },
  }
  return bus
}

/** Two ends; what one emits the other hears. */
export function channelPair() {
  const here = eventBus()
  const there = eventBus()
  const end = (incoming, outgoing) => ({
    on: incoming.on, once: incoming.once, off: incoming.off, emit: outgoing.emit,
  })
  return [end(here, there), end(there, here)]
}
