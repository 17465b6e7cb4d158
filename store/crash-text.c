#include "config.h"

#include "store/crash-text.h"

#include <stdio.h>

void crash_text(const struct crash_group *group, char text[CRASH_TEXT_SIZE])
{
	char words[ENDING_TEXT_SIZE];

	ending_describe(&group->ending, words);
	if (group->ending.cause == CAUSE_NOT_STARTED)
		snprintf(words, sizeof(words), "not started");
	snprintf(text, CRASH_TEXT_SIZE, "%s%s%s", words,
		 group->sign[0] != '\0' ? ": " : "", group->sign);
}
