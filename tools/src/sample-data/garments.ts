/**
 * Garments as SVG, seen from the front, in a square from -500 to 500 with y pointing down. Each is a
 * silhouette that takes a fabric, and details drawn over it.
 */
export interface Garment {
  readonly kind: GarmentKind;
  /** As a seller would call it. */
  readonly name: string;
  /** SVG path data. */
  readonly silhouette: string;
  /** Seams and folds: SVG path data, drawn as thin dark lines. */
  readonly folds: string;
  /** Buttons, soles, buckles: SVG over everything else. */
  readonly details: string;
  /** SVG transforms of its copies, the hindmost first. */
  readonly copies: readonly string[];
}

export const GARMENT_KINDS = ['shirt', 'dress', 'trousers', 'shoes', 'bag'] as const;

export type GarmentKind = (typeof GARMENT_KINDS)[number];

const SINGLE = ['scale(1)'];

const PAIR = ['translate(70 -190) scale(0.86)', 'translate(-50 150) scale(0.94)'];

const TEE: Garment = {
  kind: 'shirt',
  name: 't-shirt',
  silhouette:
    'M-115 -385C-60 -325 60 -325 115 -385L225 -345L435 -165L335 -45L240 -115L236 385C100 402 -100 402 -236 385' +
    'L-240 -115L-335 -45L-435 -165L-225 -345Z',
  folds:
    'M-130 -372C-65 -298 65 -298 130 -372M-240 -115C-232 -200 -228 -280 -222 -340M240 -115C232 -200 228 -280 222 -340' +
    'M-236 362C-100 380 100 380 236 362M-150 340C-140 240 -170 150 -160 60M120 350C100 260 140 120 130 20',
  details: '',
  copies: SINGLE,
};

const BUTTONED_SHIRT: Garment = {
  kind: 'shirt',
  name: 'shirt',
  silhouette:
    'M-105 -400L0 -372L105 -400L225 -350C300 -300 400 60 455 265L352 300C310 160 270 20 236 -90L240 330' +
    'C190 420 90 395 0 400C-90 395 -190 420 -240 330L-236 -90C-270 20 -310 160 -352 300L-455 265C-400 60 -300 -300 -225 -350Z',
  folds:
    'M-22 -360L-22 398M22 -360L22 398M-236 -90C-230 -180 -226 -270 -222 -346M236 -90C230 -180 226 -270 222 -346' +
    'M-438 205L-338 242M438 205L338 242M-160 330C-150 200 -180 80 -165 -20M150 320C140 220 175 100 160 0M70 -150h110v110h-110z',
  details:
    '<path d="M-105 -402L0 -330L-58 -262L-142 -372Z M105 -402L0 -330L58 -262L142 -372Z" fill="url(#fabric)" stroke="#000" stroke-opacity="0.4" stroke-width="5"/>' +
    dots([-270, -160, -50, 60, 170, 280].map((y) => [0, y])),
  copies: SINGLE,
};

const SUMMER_DRESS: Garment = {
  kind: 'dress',
  name: 'summer dress',
  silhouette:
    'M-140 -440L-92 -445C-80 -330 80 -330 92 -445L140 -440C146 -350 168 -305 186 -280C165 -190 142 -130 132 -80' +
    'C200 90 290 290 335 425C160 475 -160 475 -335 425C-290 290 -200 90 -132 -80C-142 -130 -165 -190 -186 -280C-168 -305 -146 -350 -140 -440Z',
  folds:
    'M-60 -70C-90 120 -150 300 -190 452M70 -70C110 120 160 300 205 450M0 -70C10 150 -15 300 10 460M-140 -290C-90 -250 -50 -250 0 -270M140 -290C90 -250 50 -250 0 -270',
  details: '<path d="M-137 -104L137 -104L134 -62L-134 -62Z" fill="#000" fill-opacity="0.45"/>',
  copies: SINGLE,
};

const SLEEVED_DRESS: Garment = {
  kind: 'dress',
  name: 'midi dress',
  silhouette:
    'M-95 -450C-50 -400 50 -400 95 -450L190 -425C250 -380 320 -190 345 -85L258 -60C235 -140 205 -210 180 -250' +
    'L158 -40C190 120 225 320 240 455C100 480 -100 480 -240 455C-225 320 -190 120 -158 -40L-180 -250' +
    'C-205 -210 -235 -140 -258 -60L-345 -85C-320 -190 -250 -380 -190 -425Z',
  folds:
    'M-158 -40C-60 -15 60 -15 158 -40M-80 -10C-100 150 -120 320 -130 466M90 -10C105 150 125 320 140 464M5 -5C-8 160 12 320 0 470M-180 -250L-182 -420M180 -250L182 -420',
  details: dots([-370, -320, -270, -220].map((y) => [0, y])),
  copies: SINGLE,
};

const STRAIGHT_TROUSERS: Garment = {
  kind: 'trousers',
  name: 'trousers',
  silhouette: 'M-195 -450L195 -450L222 -250L262 455L88 462L8 -110L-8 -110L-88 462L-262 455L-222 -250Z',
  folds:
    'M-200 -398L200 -398M0 -398L0 -110M0 -398C46 -330 42 -240 4 -200M-150 -398C-160 -340 -190 -300 -214 -290M150 -398C160 -340 190 -300 214 -290' +
    'M-150 -240C-160 50 -170 280 -175 458M150 -240C160 50 170 280 175 458M-262 430L-90 436M262 430L90 436',
  details: dots([[0, -424]]),
  copies: SINGLE,
};

const WIDE_TROUSERS: Garment = {
  kind: 'trousers',
  name: 'wide-leg trousers',
  silhouette:
    'M-170 -450L170 -450C215 -250 320 150 375 450L40 462L6 -90L-6 -90L-40 462L-375 450C-320 150 -215 -250 -170 -450Z',
  folds:
    'M-178 -395L178 -395M0 -395L0 -90M-90 -395C-110 -100 -180 200 -215 455M90 -395C110 -100 180 200 215 455M-40 -300C-60 0 -95 250 -110 458M40 -300C60 0 95 250 110 458',
  details: '<path d="M-28 -446h56v46h-56z" fill="none" stroke="#d9c27a" stroke-width="9"/>',
  copies: SINGLE,
};

const SHORTS: Garment = {
  kind: 'trousers',
  name: 'shorts',
  silhouette:
    'M-215 -330L215 -330C240 -200 300 60 330 225L40 250L6 30L-6 30L-40 250L-330 225C-300 60 -240 -200 -215 -330Z',
  folds:
    'M-222 -272L222 -272M0 -272L0 30M-322 190L-38 214M322 190L38 214M-170 -272C-180 -200 -220 -150 -258 -140M170 -272C180 -200 220 -150 258 -140',
  details: dots([[0, -300]]),
  copies: SINGLE,
};

const SNEAKERS: Garment = {
  kind: 'shoes',
  name: 'sneakers',
  silhouette:
    'M-330 120C-352 0 -348 -90 -322 -152C-282 -172 -222 -168 -182 -150C-152 -92 -72 -84 -22 -132L24 -158' +
    'C82 -62 182 -12 282 8C352 28 384 80 378 122Z',
  folds: 'M-322 -130C-300 -60 -296 30 -300 112M60 112C80 40 180 10 300 14M-182 -150C-190 -60 -120 0 -60 20',
  details:
    '<path d="M-342 112L386 112C394 150 384 178 366 178L-322 178C-344 170 -350 140 -342 112Z" fill="#f4f2ec" stroke="#000" stroke-opacity="0.35" stroke-width="4"/>' +
    '<path d="M20 -140L72 -88M56 -104L108 -54M96 -64L150 -24M-8 -112L40 -56M34 -70L84 -22M76 -36L128 6" stroke="#f4f2ec" stroke-width="13" stroke-linecap="round" fill="none"/>',
  copies: PAIR,
};

const ANKLE_BOOTS: Garment = {
  kind: 'shoes',
  name: 'ankle boots',
  silhouette:
    'M-270 130C-262 -40 -286 -190 -284 -300L-62 -306C-60 -190 -58 -92 -30 -52C60 -12 190 -2 258 42C312 72 322 110 316 132Z',
  folds: 'M-280 -250L-64 -256M-30 -52C-90 -30 -130 20 -140 130M-240 -240C-235 -150 -250 -50 -240 120',
  details:
    '<path d="M-276 128L320 128L324 160L-120 160L-128 212L-270 212Z" fill="#2a211c"/>' +
    '<path d="M-205 -290h60v90h-60z" fill="#000" fill-opacity="0.5"/>',
  copies: PAIR,
};

const TOTE: Garment = {
  kind: 'bag',
  name: 'tote bag',
  silhouette: 'M-300 -120L300 -120L352 380C352 410 330 425 310 425L-310 425C-330 425 -352 410 -352 380Z',
  folds: 'M-306 -70L306 -70M-200 -70C-190 120 -230 280 -210 425M190 -70C200 100 230 300 215 425',
  details:
    '<path d="M-170 -95C-170 -440 170 -440 170 -95" fill="none" stroke="#3b2a20" stroke-width="34" stroke-linecap="round"/>' +
    dots([
      [-170, -95],
      [170, -95],
    ]),
  copies: SINGLE,
};

const SHOULDER_BAG: Garment = {
  kind: 'bag',
  name: 'shoulder bag',
  silhouette:
    'M-330 -90C-330 -130 -300 -150 -270 -150L270 -150C300 -150 330 -130 330 -90L350 250C350 310 310 340 250 340L-250 340C-310 340 -350 310 -350 250Z',
  folds: 'M-330 -60C-330 120 -200 150 0 150C200 150 330 120 330 -60M-300 300C-100 320 100 320 300 300',
  details:
    '<path d="M-290 -140C-330 -520 330 -520 290 -140" fill="none" stroke="#57534e" stroke-width="20" stroke-dasharray="30 12"/>' +
    '<rect x="-42" y="112" width="84" height="70" rx="10" fill="#d9c27a" stroke="#000" stroke-opacity="0.4" stroke-width="5"/>',
  copies: SINGLE,
};

export const GARMENTS: Readonly<Record<GarmentKind, readonly [Garment, ...Garment[]]>> = {
  shirt: [TEE, BUTTONED_SHIRT],
  dress: [SUMMER_DRESS, SLEEVED_DRESS],
  trousers: [STRAIGHT_TROUSERS, WIDE_TROUSERS, SHORTS],
  shoes: [SNEAKERS, ANKLE_BOOTS],
  bag: [TOTE, SHOULDER_BAG],
};

function dots(places: readonly (readonly [x: number, y: number])[]): string {
  const circles = places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="11"/>`);
  return `<g fill="#efe9dc" stroke="#000" stroke-opacity="0.45" stroke-width="4">${circles.join('')}</g>`;
}
