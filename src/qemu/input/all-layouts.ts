import { be } from './layouts/be.ts';
import { br } from './layouts/br.ts';
import { ch } from './layouts/ch.ts';
import { de } from './layouts/de.ts';
import { dk } from './layouts/dk.ts';
import { es } from './layouts/es.ts';
import { fi } from './layouts/fi.ts';
import { fr } from './layouts/fr.ts';
import { gb } from './layouts/gb.ts';
import { it } from './layouts/it.ts';
import { no } from './layouts/no.ts';
import { pl } from './layouts/pl.ts';
import { pt } from './layouts/pt.ts';
import { se } from './layouts/se.ts';
import { us } from './layouts/us.ts';

/** Every layout, by the name that Linux has for it. */
export const allLayouts = { us, gb, de, fr, es, it, pt, br, se, no, dk, fi, ch, be, pl } as const;

export type LayoutName = keyof typeof allLayouts;
