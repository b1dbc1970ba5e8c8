"use client";

import { ChevronsUpDown, Sparkles } from "lucide-react";
import { useState } from "react";
import * as texts from "@/components/chat/opened-texts";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuLabel,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { chooseModel, chosenModel } from "@/lib/chat/chosen-model";
import type { Owner } from "@/lib/chat/conversations";
import type { ModelInfo } from "@/lib/chat/model-info";

export interface ModelMenuProps {
  owner: Owner;
  /** The conversation. */
  id: string;
  models: ModelInfo[];
}

/** Which of several models answers from now on in this conversation. */
export default function ModelMenu({ owner, id, models }: ModelMenuProps) {
  const [wanted, setWanted] = useState(() => chosenModel(owner, id));
  const chosen = models.find(({ name }) => name === wanted) ?? models[0];
  return (
    <DropdownMenu>
      <DropdownMenuTrigger className="inline-flex h-7 max-w-44 items-center gap-1.5 rounded-full border border-line px-2.5 text-xs text-ink-soft hover:bg-hover hover:text-ink">
        <Sparkles className="size-3.5 shrink-0" aria-hidden="true" />
        <span className="min-w-0 truncate">
          <span className="sr-only">{texts.model}</span>
          {chosen?.name}
        </span>
        <ChevronsUpDown className="size-3.5 shrink-0" aria-hidden="true" />
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuLabel>{texts.whoAnswersInThis}</DropdownMenuLabel>
        <DropdownMenuRadioGroup
          value={chosen?.name ?? ""}
          onValueChange={(name) => {
            chooseModel(owner, id, name);
            setWanted(name);
          }}
        >
          {models.map(({ name, scripted }) => (
            <DropdownMenuRadioItem key={name} value={name}>
              <span className="truncate">{name}</span>
              {scripted && <span className="text-xs text-ink-soft">{texts.followsRules}</span>}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
