import type { ElementType, Tensor } from './tensor.js';

/** A whole number or a list of them is stored as int, a text as a string; floats say so. */
export type AttributeValue = number | readonly number[] | string | { readonly float: number };

export interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** What goes in or comes out. A dimension is a size, or a name where any size will do. */
export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

/** A computation that is put together node by node, in the order in which it runs. */
export class Graph {
  readonly name: string;
  readonly inputs: GraphValue[] = [];
  readonly outputs: GraphValue[] = [];
  readonly nodes: Node[] = [];
  readonly constants = new Map<string, Tensor>();

  constructor(name: string) {
    this.name = name;
  }

  input(name: string, type: ElementType, dims: GraphValue['dims']): string {
    this.inputs.push({ name, type, dims });
    return name;
  }

  /** Names the value that the graph gives; it must be some node's output. */
  output(name: string, type: ElementType, dims: GraphValue['dims']): void {
    this.outputs.push({ name, type, dims });
  }

  /** @throws Error when the name is taken: two different weights under one name would go unnoticed. */
  constant(name: string, tensor: Tensor): string {
    if (this.constants.has(name)) throw new Error(`The graph has a constant ${name} already`);
    this.constants.set(name, tensor);
    return name;
  }

  /** Adds a node with one output and returns that output's name: `output`, or one made from `name`. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Node['attributes'] = {},
    names: { readonly name?: string; readonly output?: string } = {},
  ): string {
    const name = names.name ?? `${op}_${String(this.nodes.length)}`;
    const output = names.output ?? `${name}_output_0`;
    this.nodes.push({ name, op, inputs, outputs: [output], attributes });
    return output;
  }

  /** Adds a node with several outputs and returns their names, in order. */
  nodeWithOutputs<const Names extends readonly string[]>(
    op: string,
    inputs: readonly string[],
    outputs: Names,
    attributes: Node['attributes'] = {},
    name = `${op}_${String(this.nodes.length)}`,
  ): Names {
    this.nodes.push({ name, op, inputs, outputs, attributes });
    return outputs;
  }
}
