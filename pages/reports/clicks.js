// Clicks on the bars of the dashboard. None gets lost: which bar is meant is read when the button goes
// down, before a redraw can take the chart away, and clicks wait here until the server has counted them.
const NEAR = 8
const DOUBLE_CLICK = 300
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
  if (event.type === "pointerdown" && event.button === 0) {
    const bar = barAt(event)
    listener.pressed = bar && { bar, x: event.clientX, y: event.clientY }
  } else if (event.type === "pointerup" && pressed) {
    const way = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y)
    if (way <= NEAR) click(listener, { ...pressed.bar, at: event.timeStamp })
  }
}

function click(listener, made) {
  const { last } = listener
  listener.last = made
  const isSame = last && last.dimension === made.dimension && last.label === made.label
  if (isSame && made.at - last.at < DOUBLE_CLICK) return
  listener.waiting = [...listener.waiting, made]
  listener.setStateValue("clicks", listener.waiting)
}

function barAt(event) {
  const chart = event.target.closest?.(".js-plotly-plot")
  const dimension = chart?.layout?.meta?.dimension
  const bars = chart?.data?.find(trace => trace.customdata)
  if (!dimension || !bars || !chart._fullLayout) return null
  const { xaxis, yaxis } = chart._fullLayout
  const box = chart.getBoundingClientRect()
  const across = event.clientX - box.left - xaxis._offset
  const down = event.clientY - box.top - yaxis._offset
  if (across < 0 || across > xaxis._length || down < 0 || down > yaxis._length) return null
  const [places, spot] = bars.orientation === "h" ? [bars.y, yaxis.p2d(down)] : [bars.x, xaxis.p2d(across)]
  const place = Array.from(places).findIndex(each => Math.abs(each - spot) <= 0.5)
  return place < 0 ? null : { dimension, label: bars.customdata[place][0] }
}
