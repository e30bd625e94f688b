import { Accordion, Badge, Group, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { plural } from '@/lib/format'
import type { FieldErrors } from './field-errors'
import classes from './FormSections.module.css'
import { type SectionName, sectionOf } from './sections'

export interface FormSection {
  name: SectionName
  title: string
  /** What it holds, in a few words. */
  words: string[]
  /** Shown while it holds nothing. */
  usual: string
  children: ReactNode
}

interface FormSectionsProps {
  sections: FormSection[]
  /** The sections that are open at first, apart from those that hold something. */
  open: readonly SectionName[]
  errors: FieldErrors
}

/** The sections of a form. Each folds to one line that says what it holds, and opens when it has an error. */
export function FormSections({ sections, open, errors }: FormSectionsProps) {
  const [opened, setOpened] = useState<string[]>(() =>
    sections.filter(({ name, words }) => open.includes(name) || words.length > 0).map(({ name }) => name),
  )
  const wrong = Object.keys(errors).map(sectionOf)
  // A section opened for an error stays open: the user is working in it.
  const forced = sections.filter(({ name }) => wrong.includes(name) && !opened.includes(name))
  if (forced.length > 0) setOpened([...opened, ...forced.map(({ name }) => name)])
  return (
    <Accordion
      variant="contained"
      multiple
      keepMounted={false}
      order={2}
      value={opened}
      onChange={setOpened}
      classNames={{ item: classes.item, label: classes.label }}
    >
      {sections.map(({ name, title, words, usual, children }) => {
        const count = wrong.filter((place) => place === name).length
        return (
          <Accordion.Item key={name} value={name} data-section={name}>
            <Accordion.Control>
              <Group gap="sm" style={{ rowGap: 0 }}>
                <Text component="span" fw={500}>
                  {title}
                </Text>
                <Text
                  component="span"
                  size="sm"
                  className={classes.words}
                  c={words.length > 0 ? undefined : 'dimmed'}
                >
                  {words.length > 0 ? words.join(', ') : usual}
                </Text>
                {count > 0 && (
                  <Badge component="span" color="red" variant="outline" radius="sm" tt="none">
                    {plural(count, 'error')}
                  </Badge>
                )}
              </Group>
            </Accordion.Control>
            <Accordion.Panel>{children}</Accordion.Panel>
          </Accordion.Item>
        )
      })}
    </Accordion>
  )
}
