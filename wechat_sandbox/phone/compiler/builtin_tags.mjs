/** WeChat's own tags; in the browser each becomes a custom element named `wx-<tag>`. */
export const BUILTIN_TAGS = `
view text image button input textarea form picker picker-view picker-view-column
checkbox checkbox-group radio radio-group switch slider label
scroll-view swiper swiper-item navigator icon progress rich-text canvas web-view
cover-view cover-image movable-area movable-view video audio map
root-portal page-container match-media open-data official-account ad camera
live-player live-pusher editor functional-page-navigator
page-meta navigation-bar keyboard-accessory
`.trim().split(/\s+/)
