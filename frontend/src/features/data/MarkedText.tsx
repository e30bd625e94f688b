import { Code } from '@mantine/core'

interface MarkedTextProps {
  text: string
  /** Where the marked part begins and ends, in characters (code points) from 0. */
  start: number
  end: number
}

/** A text of which a part is underlined, such as the wrong part of a pattern. */
export function MarkedText({ text, start, end }: MarkedTextProps) {
  const characters = Array.from(text)
  // A place after the last character has nothing to underline.
  const marked = characters.slice(start, end).join('') || '\u00a0'
  return (
    <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
      {characters.slice(0, start).join('')}
      <mark
        style={{
          background: 'none',
          color: 'inherit',
          fontWeight: 700,
          textDecoration: 'underline wavy var(--mantine-color-error)',
        }}
      >
        {marked}
      </mark>
      {characters.slice(end).join('')}
    </Code>
  )
}
