// Clicks on the marks of a board. None gets lost: which mark is meant is read when the button goes
// down, before a redraw can take the chart away, and clicks wait here until the server has counted them.
const NEAR = 8
const REACH = 24
const DOUBLE_CLICK = 300
const TITLE_HEIGHT = 72
const LONGEST_PRESS = 2000
const listeners = new WeakMap()

export default function (component) {
  const { parentElement, data, setStateValue } = component
  const listener = listeners.get(parentElement) ?? begin(parentElement)
  listeners.set(parentElement, listener)
  Object.assign(listener, { setStateValue })
  listener.waiting = listener.waiting.filter(click => click.at > data.taken)
}

function begin(parent) {
  const listener = { waiting: [], pressed: null, last: null }
  const hear = event => {
    if (parent.isConnected) listen(listener, event)
    else for (const kind of KINDS) document.removeEventListener(kind, hear, true)
  }
  for (const kind of KINDS) document.addEventListener(kind, hear, true)
  return listener
}

const KINDS = ["pointerdown", "pointerup", "pointercancel"]

function listen(listener, event) {
  if (!event.isPrimary) return
  const { pressed } = listener
  listener.pressed = null
  if (event.target.closest?.(".modebar")) {
    if (event.type === "pointerdown") nameThePicture(event.target.closest(".js-plotly-plot"))
  } else if (event.type === "pointerdown" && event.button === 0) {
    const mark = markAt(event)
    listener.pressed = mark && { mark, x: event.clientX, y: event.clientY }
  } else if (event.type === "pointerup" && pressed) {
    const way = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y)
    if (way <= NEAR) click(listener, { ...pressed.mark, at: event.timeStamp })
  }
}

// The picture that the camera makes is a copy of the chart: it gets a title, and the chart on the screen does not.
function nameThePicture(chart) {
  const { layout } = chart
  const picture = layout?.meta?.picture
  if (!picture || layout.title?.text === picture) return
  const { title, margin } = layout
  layout.title = { text: picture, x: 0.01, xanchor: "left", y: 0.93, yanchor: "top", font: { size: 17 } }
  layout.margin = { ...margin, l: (margin?.l ?? 0) + 12, r: (margin?.r ?? 0) + 12, t: (margin?.t ?? 0) + TITLE_HEIGHT }
  const restore = () => Object.assign(layout, { title, margin })
  addEventListener("click", () => setTimeout(restore), { once: true })
  setTimeout(restore, LONGEST_PRESS)
}

function click(listener, made) {
  const { last } = listener
  listener.last = made
  const isSame = last && last.panel === made.panel && last.dimension === made.dimension && last.label === made.label
  const isDouble = isSame && made.at - last.at < DOUBLE_CLICK
  if (isDouble && last.how === "into") return
  if (isDouble) made.how = "into"
  listener.waiting = [...listener.waiting, made]
  listener.setStateValue("clicks", listener.waiting)
}

function markAt(event) {
  const chart = event.target.closest?.(".js-plotly-plot")
  const meta = chart?.layout?.meta
  if (!meta?.dimension || !chart._fullLayout) return null
  const label = meta.kind === "slices" ? sliceAt(event, chart) : labelAt(event, chart, meta.kind)
  const how = event.shiftKey || event.altKey ? "not" : "only"
  return label == null || label === "" ? null : { panel: meta.panel, dimension: meta.dimension, label, how }
}

function labelAt(event, chart, kind) {
  const { xaxis, yaxis } = chart._fullLayout
  const box = chart.getBoundingClientRect()
  const across = event.clientX - box.left - xaxis._offset
  const down = event.clientY - box.top - yaxis._offset
  if (across < 0 || across > xaxis._length || down < 0 || down > yaxis._length) return null
  const spot = { x: xaxis.p2d(across), y: yaxis.p2d(down) }
  if (kind === "stacks") return partAt(chart.data, spot)
  const traces = chart.data.filter(trace => trace.customdata)
  if (kind === "cells") return cellAt(traces[0], spot)
  if (kind === "points") return nearest(traces, xaxis, yaxis, across, down)
  if (kind === "areas") return traces.find(trace => isInside(trace, spot))?.customdata[0]
  return barAt(traces[0], spot)
}

function barAt(bars, spot) {
  if (!bars) return null
  const [places, at] = bars.orientation === "h" ? [bars.y, spot.y] : [bars.x, spot.x]
  const place = Array.from(places).findIndex(each => Math.abs(each - at) <= 0.5)
  return place < 0 ? null : [bars.customdata[place]].flat()[0]
}

function partAt(parts, spot) {
  const place = Math.round(spot.x)
  let [above, below] = [0, 0]
  for (const part of parts) {
    const size = Array.from(part.y)[place] ?? 0
    const from = size < 0 ? below : above
    if (size < 0) below += size
    else above += size
    if ((spot.y - from) * (spot.y - from - size) < 0) return part.meta
  }
  return null
}

function cellAt(cells, spot) {
  const row = cells?.customdata[Math.round(spot.y)]
  const cell = row?.[Math.round(spot.x)]
  return cell == null ? null : [cell].flat()[0]
}

function nearest(traces, xaxis, yaxis, across, down) {
  let found = null
  let shortest = REACH
  for (const trace of traces) {
    Array.from(trace.x).forEach((x, place) => {
      const way = Math.hypot(xaxis.d2p(x) - across, yaxis.d2p(trace.y[place]) - down)
      if (way < shortest) [shortest, found] = [way, [trace.customdata[place]].flat()[0]]
    })
  }
  return found
}

function isInside(trace, spot) {
  const xs = Array.from(trace.x)
  const ys = Array.from(trace.y)
  let inside = false
  let start = 0
  for (let at = 0; at <= xs.length; at++) {
    if (at < xs.length && xs[at] != null) continue
    for (let i = start, j = at - 1; i < at; j = i++) {
      const crosses = ys[i] > spot.y !== ys[j] > spot.y
      if (crosses && spot.x < ((xs[j] - xs[i]) * (spot.y - ys[i])) / (ys[j] - ys[i]) + xs[i]) inside = !inside
    }
    start = at + 1
  }
  return inside
}

function sliceAt(event, chart) {
  const id = event.target.closest("g.slice")?.__data__?.data?.data?.id
  return chart.data[0]?.ids?.includes(id) ? id.slice(1) : null
}
