using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GoApi.Infrastructure.Persistence.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class PersonalData : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "user_id",
                table: "idempotency_records",
                type: "uuid",
                nullable: true);

            migrationBuilder.AlterColumn<string>(
                name: "user_agent",
                table: "audit_entries",
                type: "character varying(2098)",
                maxLength: 2098,
                nullable: true,
                oldClrType: typeof(string),
                oldType: "character varying(512)",
                oldMaxLength: 512,
                oldNullable: true);

            migrationBuilder.AlterColumn<string>(
                name: "ip_address",
                table: "audit_entries",
                type: "character varying(306)",
                maxLength: 306,
                nullable: true,
                oldClrType: typeof(string),
                oldType: "character varying(64)",
                oldMaxLength: 64,
                oldNullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "subject_user_id",
                table: "audit_entries",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "person_keys",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    wrapped_key = table.Column<byte[]>(type: "bytea", maxLength: 64, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_person_keys", x => x.user_id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_idempotency_records_user",
                table: "idempotency_records",
                column: "user_id",
                filter: "user_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_subject",
                table: "audit_entries",
                columns: new[] { "subject_user_id", "sequence" },
                filter: "subject_user_id IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "person_keys");

            migrationBuilder.DropIndex(
                name: "ix_idempotency_records_user",
                table: "idempotency_records");

            migrationBuilder.DropIndex(
                name: "ix_audit_entries_subject",
                table: "audit_entries");

            migrationBuilder.DropColumn(
                name: "user_id",
                table: "idempotency_records");

            migrationBuilder.DropColumn(
                name: "subject_user_id",
                table: "audit_entries");

            migrationBuilder.AlterColumn<string>(
                name: "user_agent",
                table: "audit_entries",
                type: "character varying(512)",
                maxLength: 512,
                nullable: true,
                oldClrType: typeof(string),
                oldType: "character varying(2098)",
                oldMaxLength: 2098,
                oldNullable: true);

            migrationBuilder.AlterColumn<string>(
                name: "ip_address",
                table: "audit_entries",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true,
                oldClrType: typeof(string),
                oldType: "character varying(306)",
                oldMaxLength: 306,
                oldNullable: true);
        }
    }
}
