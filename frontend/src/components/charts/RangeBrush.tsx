import { useState } from 'react'
import { type Axis, placeOf, snapped, stepOf } from './axis'
import classes from './TimeChart.module.css'
import { dragHandlers, movedByKey } from './drag'

export interface TimeSpan {
  from: number
  to: number
}

interface RangeBrushProps {
  axis: Axis
  /** The range that is being chosen; null: none. */
  draft: TimeSpan | null
  onDraft: (draft: TimeSpan | null) => void
  onApply: (range: TimeSpan) => void
  /** How a handle's time is said. */
  say: (at: number) => string
}

/** Chooses a range on a chart: by dragging across it, or with its two handles and the keyboard. */
export function RangeBrush({ axis, draft, onDraft, onApply, say }: RangeBrushProps) {
  const [anchor, setAnchor] = useState(axis.from)
  const shown = draft ?? axis
  const percent = (at: number) => `${placeOf(axis, at) * 100}%`

  function apply(range: TimeSpan | null) {
    onDraft(null)
    if (range && range.to - range.from >= stepOf(axis)) onApply(range)
  }

  const between = (fixed: number, at: number) => ({
    from: Math.min(fixed, snapped(axis, at)),
    to: Math.max(fixed, snapped(axis, at)),
  })
  const drag = dragHandlers(
    {
      axis,
      onMove: (at, isFirst) => {
        const fixed = isFirst ? snapped(axis, at) : anchor
        if (isFirst) setAnchor(fixed)
        onDraft(isFirst ? null : between(fixed, at))
      },
      onEnd: () => apply(draft),
    },
    (target) => target,
  )

  function edge(side: 'from' | 'to', name: string) {
    const other = side === 'from' ? shown.to : shown.from
    const dragEdge = dragHandlers(
      { axis, onMove: (at) => onDraft(between(other, at)), onEnd: () => apply(draft) },
      (target) => target.parentElement,
    )
    return (
      <button
        type="button"
        role="slider"
        className={classes.edge}
        style={{ left: percent(shown[side]) }}
        aria-label={name}
        aria-valuemin={axis.from}
        aria-valuemax={axis.to}
        aria-valuenow={shown[side]}
        aria-valuetext={say(shown[side])}
        {...dragEdge}
        onKeyDown={(event) => {
          if (event.key === 'Enter') apply(draft)
          else if (event.key === 'Escape') onDraft(null)
          else {
            const at = movedByKey(event.key, shown[side], axis, stepOf(axis))
            if (at === null) return
            const bounded = side === 'from' ? Math.min(at, shown.to) : Math.max(at, shown.from)
            onDraft({ ...shown, [side]: bounded })
          }
          event.preventDefault()
        }}
      />
    )
  }

  return (
    <>
      <div className={classes.brush} {...drag} />
      {draft && (
        <>
          <div className={classes.veil} style={{ left: 0, width: percent(draft.from) }} />
          <div className={classes.veil} style={{ left: percent(draft.to), right: 0 }} />
        </>
      )}
      {edge('from', 'Start of the range')}
      {edge('to', 'End of the range')}
    </>
  )
}
